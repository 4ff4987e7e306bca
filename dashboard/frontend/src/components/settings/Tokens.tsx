import { useId, useRef, useState } from 'react'
import { copyText } from '../../app/clipboard'
import { errorText } from '../../app/errorText'
import { useForm } from '../../app/useForm'
import { ApiError } from '../../client/errors'
import { useStores } from '../../client/react'
import { useLanguage } from '../../i18n'
import { Confirm } from './Confirm'
import { ListState } from './ListState'
import { useList } from './useList'

interface Token {
  id: number
  name: string
  readOnly: boolean
  /** Epoch ms. */
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
}

const DAY_MS = 86_400_000
const LIVES = [30, 90, 365]

/** Tokens for programs: made, shown once, revoked. */
export function Tokens() {
  const { t } = useLanguage()
  const list = useList<Token>('auth/tokens')
  const [key, setKey] = useState<string | null>(null)
  const made = async (next: string) => {
    setKey(next)
    await list.reload()
  }
  return (
    <section className="panel settings-panel" aria-labelledby="settings-tokens">
      <h2 id="settings-tokens" className="panel-title">
        {t('settings.tokens')}
      </h2>
      <p className="settings-lead">{t('settings.tokensLead')}</p>
      {key ? <NewKey value={key} onDone={() => setKey(null)} /> : <TokenForm onMade={made} />}
      <ListState list={list} empty={t('settings.tokens.none')} />
      <ul className="settings-list" data-testid="token-list">
        {list.items?.map((token) => (
          <TokenRow key={token.id} token={token} onGone={list.reload} />
        ))}
      </ul>
    </section>
  )
}

function TokenRow({ token, onGone }: { token: Token; onGone: () => Promise<void> }) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const { name, readOnly, createdAt, expiresAt, lastUsedAt } = token
  const facts = [
    t(readOnly ? 'settings.tokens.lookOnly' : 'settings.tokens.full'),
    t('settings.tokens.madeOn', { date: format.dateTime(createdAt) }),
  ]
  if (expiresAt !== null) {
    const key = expiresAt > Date.now() ? 'settings.tokens.until' : 'settings.tokens.expired'
    facts.push(t(key, { date: format.dateTime(expiresAt) }))
  }
  facts.push(
    lastUsedAt === null
      ? t('settings.tokens.unused')
      : t('settings.tokens.used', { date: format.dateTime(lastUsedAt) }),
  )
  return (
    <li className="settings-row">
      <div className="settings-row-text">
        <span className="settings-row-name">{name}</span>
        <span className="settings-row-facts">{facts.join(' · ')}</span>
      </div>
      <Confirm
        text={t('settings.tokens.revoke')}
        label={t('settings.tokens.revokeNamed', { name })}
        onConfirm={async () => {
          await api.send('DELETE', `auth/tokens/${token.id}`)
          await onGone()
        }}
      />
    </li>
  )
}

function TokenForm({ onMade }: { onMade: (key: string) => Promise<void> }) {
  const { t } = useLanguage()
  const { api } = useStores()
  const id = useId()
  const { busy, error, onSubmit } = useForm(async (fields) => {
    const days = Number(fields.get('days'))
    const { key } = await api.send<{ key: string }>('POST', 'auth/tokens', {
      name: String(fields.get('name')),
      read_only: fields.get('read_only') !== null,
      expires_at: days > 0 ? Date.now() + days * DAY_MS : null,
    })
    await onMade(key)
  })
  const tooMany = error instanceof ApiError && error.code === 'TOO_MANY_TOKENS'
  return (
    <form className="settings-inline" data-testid="token-form" onSubmit={onSubmit}>
      <div className="field settings-grow">
        <label htmlFor={`${id}-name`}>{t('settings.tokens.name')}</label>
        <input id={`${id}-name`} name="name" maxLength={100} autoComplete="off" required />
      </div>
      <div className="field">
        <label htmlFor={`${id}-days`}>{t('settings.tokens.expires')}</label>
        <select id={`${id}-days`} name="days" defaultValue="90">
          {LIVES.map((days) => (
            <option key={days} value={days}>
              {t('settings.tokens.days', { days })}
            </option>
          ))}
          <option value="0">{t('settings.tokens.never')}</option>
        </select>
      </div>
      <label className="settings-check">
        <input type="checkbox" name="read_only" defaultChecked />
        {t('settings.tokens.readOnly')}
      </label>
      <button type="submit" className="button" aria-disabled={busy}>
        {t('settings.tokens.create')}
      </button>
      <p className="form-error" role="alert">
        {error !== null && (tooMany ? t('settings.tokens.tooMany') : errorText(t, error))}
      </p>
    </form>
  )
}

/** The key of a new token, until its maker says that it is copied. */
function NewKey({ value, onDone }: { value: string; onDone: () => void }) {
  const { t } = useLanguage()
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
  return (
    <div className="settings-key" role="status">
      <p className="settings-lead">{t('settings.tokens.created')}</p>
      <div className="settings-inline">
        <input
          ref={field}
          className="settings-grow settings-code"
          data-testid="token-key"
          aria-label={t('settings.tokens.key')}
          value={value}
          readOnly
          onFocus={(event) => event.target.select()}
        />
        <button
          type="button"
          className="button"
          onClick={async () => {
            const done = await copyText(value)
            setCopied(done)
            if (!done) field.current?.select() // to be copied by hand
          }}
        >
          {t(copied ? 'settings.tokens.copied' : 'settings.tokens.copy')}
        </button>
        <button type="button" className="button" onClick={onDone}>
          {t('settings.tokens.done')}
        </button>
      </div>
    </div>
  )
}
