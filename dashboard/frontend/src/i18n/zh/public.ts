import type { publicPage as en } from '../en/public'

/** 公开页面与嵌入卡片的文字。 */
export const publicPage: Record<keyof typeof en, string> = {
  'public.title': '状态',
  'public.allWell': '全部 {count} 台主机运行正常。',
  'public.oneWell': '主机运行正常。',
  'public.trouble': '{all} 台主机中有 {count} 台需要关注。',
  'public.none': '还没有主机上报数据。',
  'public.failed': '暂时无法访问服务器，正在重试。',
  'public.open': '当前问题',
  'public.since': '已持续 {duration}',
  'public.signIn': '登录',
  'public.unknown': '没有这个名称的主机。',
  'public.offTitle': '此页面未公开',
  'public.off': '此 Presence 的管理者没有向访客开放。请登录后查看。',
}
