/** How bad it looks: the first attempt, some more, many, and those after which there is little hope. */
export type RetryReason = 'interrupted' | 'unstable' | 'struggling' | 'persistent'

const TEXTS: Record<'en' | 'zh-Hans', Record<RetryReason, string>> = {
  en: {
    interrupted: 'The connection broke; trying again.',
    unstable: 'The network is unsteady; still trying.',
    struggling: 'It is hard to get through; trying on.',
    persistent: 'There has been no connection for long; still trying now and then.',
  },
  'zh-Hans': {
    interrupted: '连接断开，正在重新连接。',
    unstable: '网络不太稳定，仍在重新连接。',
    struggling: '连接比较困难，正在继续尝试。',
    persistent: '长时间连接不上，仍会不时重试。',
  },
}

/** The reason to give for an attempt, counted from 1: the steps are those of the requirement (1, 3, 6). */
export function retryReason(attempt: number): RetryReason {
  if (attempt <= 1) return 'interrupted'
  if (attempt <= 3) return 'unstable'
  return attempt <= 6 ? 'struggling' : 'persistent'
}

/** The same in words. */
export function retryReasonText(attempt: number, locale: 'en' | 'zh-Hans'): string {
  return TEXTS[locale][retryReason(attempt)]
}
