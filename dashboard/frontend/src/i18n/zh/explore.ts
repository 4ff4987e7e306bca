import type { explore as en } from '../en/explore'

/** explore 页面的文字。 */
export const explore: Record<keyof typeof en, string> = {
  'explore.range': '时间范围',
  'explore.preset.5m': '5 分',
  'explore.preset.15m': '15 分',
  'explore.preset.1h': '1 时',
  'explore.preset.6h': '6 时',
  'explore.preset.24h': '24 时',
  'explore.preset.7d': '7 天',
  'explore.preset.30d': '30 天',
  'explore.calendar': '日期',
  'explore.from': '开始',
  'explore.to': '结束',
  'explore.show': '显示',
  'explore.wrongOrder': '结束时间必须晚于开始时间。',
  'explore.now': '现在',
  'explore.zoomOut': '缩小',
  'explore.compare': '与上一周期对比',
  'explore.before': '上一周期',
  'explore.export': '导出',
  'explore.describe':
    '{name}在所选时间内的平均值及最低到最高的区间。方向键移动光标，Shift 加方向键移动范围，加减号缩放。',
  'explore.failed': '历史数据加载失败',
  'explore.old': '显示的是上一次的结果。',
  'explore.processesAt': '{time} 的进程排行',
  'explore.noProcesses': '没有保存该时刻的进程列表。',
  'explore.close': '关闭',
  'explore.hint':
    '在图上拖动可放大，双击缩小；横向滚动（或按住 Shift）移动，按住 Ctrl 滚动缩放；单击查看该时刻的进程。',
}
