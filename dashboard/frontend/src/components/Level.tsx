import { useLanguage } from '../i18n'
import { Icon, type IconName } from './Icon'

export type LevelName = 'ok' | 'info' | 'warning' | 'critical' | 'offline'

const ICONS: Record<LevelName, IconName> = {
  ok: 'check',
  info: 'info',
  warning: 'warning',
  critical: 'critical',
  offline: 'offline',
}

/** How bad something is, in form, colour and words. */
export function Level({ level }: { level: LevelName }) {
  const { t } = useLanguage()
  return (
    <span className={`level level-${level}`}>
      <Icon name={ICONS[level]} />
      {t(`level.${level}`)}
    </span>
  )
}
