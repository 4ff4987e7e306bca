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

  'overview.search': '查找主机',
  'overview.noneFound': '没有符合条件的主机',
  'overview.showAll': '显示全部主机',
  'overview.states': '按状态统计的主机',
  'overview.wall': '大屏模式',
  'overview.leaveWall': '退出大屏',
  'overview.service': '仅上报请求',
  'hostState.critical': '严重',
  'hostState.offline': '离线',
  'hostState.warning': '警告',
  'hostState.waiting': '等待数据',
  'hostState.ok': '正常',
  'host.explore': '查看历史',
  'host.unknown': '没有名为 {name} 的主机',
  'host.unknownText': '它可能已改名或被删除。',
  'host.serviceText': '它的请求统计在历史页中；它不上报机器指标。',
  'cores.title': 'CPU 各核心（{count}）',
  'cores.describe': '{count} 个核心最近的负载；旁边的数字是当前值。',
}
