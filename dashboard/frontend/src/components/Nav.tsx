import { hasRole, type Role } from '../app/roles'
import { type PageName, pathOf, useRoute } from '../app/router'
import { useSession } from '../app/session'
import { useLanguage } from '../i18n'
import type { PlainKey } from '../i18n/translate'
import { Icon, type IconName } from './Icon'
import { Link } from './Link'

type Target = 'overview' | 'explore' | 'alerts' | 'console' | 'sessions' | 'settings'

interface Entry {
  page: Target
  label: PlainKey
  icon: IconName
  role: Role
  /** Pages under which this entry is the current one too. */
  also?: readonly PageName[]
}

const ENTRIES: readonly Entry[] = [
  { page: 'overview', label: 'nav.overview', icon: 'overview', role: 'viewer', also: ['host'] },
  { page: 'explore', label: 'nav.explore', icon: 'explore', role: 'viewer' },
  { page: 'alerts', label: 'nav.alerts', icon: 'bell', role: 'viewer' },
  { page: 'console', label: 'nav.console', icon: 'console', role: 'analyst' },
  { page: 'sessions', label: 'nav.sessions', icon: 'sessions', role: 'viewer', also: ['session', 'join'] },
  { page: 'settings', label: 'nav.settings', icon: 'settings', role: 'viewer' },
]

/** The pages this user may see: beside the name on wide screens, a bar at the bottom on phones. */
export function Nav() {
  const { t } = useLanguage()
  const { user } = useSession()
  const { page } = useRoute()
  return (
    <nav className="nav" aria-label={t('nav.pages')}>
      {ENTRIES.filter((entry) => hasRole(user, entry.role)).map((entry) => (
        <Link
          key={entry.page}
          to={pathOf({ page: entry.page })}
          className="nav-link"
          data-testid={`nav-${entry.page}`}
          title={t(entry.label)}
          aria-current={entry.page === page || entry.also?.includes(page) ? 'page' : undefined}
        >
          <Icon name={entry.icon} />
          <span className="nav-label">{t(entry.label)}</span>
        </Link>
      ))}
    </nav>
  )
}
