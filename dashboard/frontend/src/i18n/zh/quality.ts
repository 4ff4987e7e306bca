import type { quality as en } from '../en/quality'

/** 与连接质量有关的文字。 */
export const quality: Record<keyof typeof en, string> = {
  'quality.title': '连接质量',
  'quality.excellent': '极佳',
  'quality.good': '良好',
  'quality.poor': '较差',
  'quality.critical': '很差',
  'quality.latency': '延迟',
  'quality.ms': '{value} 毫秒',
  'quality.lost': '丢失的心跳',
  'quality.reconnects': '重连次数',
  'quality.uptime': '已连接',
  'quality.down': '未连接',
  'quality.measuring': '正在测量…',
  'quality.samples': '最近 {count} 次心跳，下方的标记表示丢失',
  'quality.polling': 'WebSocket 无法连通，正在每 {seconds} 秒通过 HTTP 获取数据；连通后会自动恢复实时推送。',
}
