import type { overview as en } from '../en/overview'

/** overview 页面的文字。 */
export const overview: Record<keyof typeof en, string> = {
  'card.load': '负载 {one} · {five} · {fifteen}',
  'card.cores': '{count} 核',
  'card.used': '已用 {used} / {total}',
  'card.swap': '交换区 {value}',
  'card.sockets': '仪表盘连接 {count}',
  'card.network': '↓ {received}  ↑ {sent}',
  'card.since': '自 {time}',
  'card.version': 'Presence {version}',
  'card.delta': '与上次读数相比：{delta}',

  'charts.title': '最近 5 分钟',
  'charts.empty': '暂无数据',
  'charts.describe': '{name}，最近 5 分钟。当前 {now}，最低 {min}，最高 {max}。用方向键移动光标。',
  'charts.unit.percent': '%',
  'charts.unit.count': '个',
  'charts.unit.bytes': '每秒',
  'charts.unit.load': '进程数',
  'charts.unit.celsius': '°C',

  'processes.title': '进程排行',
  'processes.name': '名称',
  'processes.pid': 'PID',
  'processes.cpu': 'CPU',
  'processes.memory': '内存',
  'processes.empty': '暂无进程列表',
}
