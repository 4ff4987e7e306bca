import { useSession } from '../../app/session'
import { useStores } from '../../client/react'
import { useLanguage } from '../../i18n'
import { browserName } from './browserName'
import { Confirm } from './Confirm'
import { ListState } from './ListState'
import { useList } from './useList'

interface SignIn {
  id: number
  userAgent: string
  address: string
  /** Epoch ms. */
  createdAt: number
  lastSeenAt: number
  current: boolean
}

/** The browsers that are signed in, each of which can be signed out. */
export function SignIns() {
  const { t } = useLanguage()
  const list = useList<SignIn>('auth/sessions')
  return (
    <section className="panel settings-panel" aria-labelledby="settings-sessions">
      <h2 id="settings-sessions" className="panel-title">
        {t('settings.sessions')}
      </h2>
      <p className="settings-lead">{t('settings.sessionsLead')}</p>
      <ListState list={list} empty="" />
      <ul className="settings-list" data-testid="session-list">
        {list.items?.map((signIn) => (
          <SignInRow key={signIn.id} signIn={signIn} onGone={list.reload} />
        ))}
      </ul>
    </section>
  )
}

function SignInRow({ signIn, onGone }: { signIn: SignIn; onGone: () => Promise<void> }) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const { leave } = useSession()
  const { id, userAgent, address, createdAt, lastSeenAt, current } = signIn
  const name = browserName(userAgent) ?? t('settings.sessions.unknown')
  const facts = [
    address,
    t('settings.sessions.since', { date: format.dateTime(createdAt) }),
    t('settings.sessions.seen', { date: format.dateTime(lastSeenAt) }),
  ]
  return (
    <li className="settings-row" data-current={current}>
      <div className="settings-row-text">
        <span className="settings-row-name">
          {name} {current && <span className="settings-mark">{t('settings.sessions.current')}</span>}
        </span>
        <span className="settings-row-facts">{facts.filter(Boolean).join(' · ')}</span>
      </div>
      <Confirm
        text={t('settings.sessions.end')}
        label={t('settings.sessions.endNamed', { name })}
        onConfirm={async () => {
          await api.send('DELETE', `auth/sessions/${id}`)
          if (current) leave(false)
          else await onGone()
        }}
      />
    </li>
  )
}
