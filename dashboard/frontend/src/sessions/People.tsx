import { useCallback, useState } from 'react'
import { copyText } from '../app/clipboard'
import { errorText } from '../app/errorText'
import { useForm } from '../app/useForm'
import { useLoaded } from '../app/useLoaded'
import type { Invite, Member } from '../client/collab/api'
import type { SessionRole } from '../client/collab/messages'
import type { SessionState } from '../client/collab/state'
import { useLanguage } from '../i18n'
import { Avatar } from './Avatars'
import { useSessions } from './useSessions'

const ROLES: readonly SessionRole[] = ['owner', 'editor', 'viewer']
const HOURS = [1, 24, 168] as const

export interface PeopleProps {
  id: string
  state: SessionState
  say: (text: string) => void
}

/** Who belongs to the session and may do what; how others come in. */
export function People({ id, state, say }: PeopleProps) {
  const { t } = useLanguage()
  const sessions = useSessions()
  const members = useLoaded(useCallback(() => sessions.members(id), [sessions, id]))
  const failed = (error: unknown) => say(errorText(t, error))
  const owner = state.role === 'owner'
  const online = new Set(state.participants.map((person) => person.id))
  return (
    <div className="people">
      <h2 className="side-heading">{t('sessions.members')}</h2>
      <ul>
        {(members.data ?? []).map((member) => (
          <MemberRow
            key={member.id}
            member={member}
            online={online.has(member.id)}
            editable={owner && !state.session?.archived}
            onRole={(role) => sessions.changeMember(id, member.id, role).then(members.reload, failed)}
            onRemove={() => sessions.removeMember(id, member.id).then(members.reload, failed)}
          />
        ))}
      </ul>
      {owner && <AddMember id={id} onAdded={members.reload} />}
      {(owner || state.role === 'editor') && <Invites id={id} say={say} />}
    </div>
  )
}

interface MemberRowProps {
  member: Member
  online: boolean
  editable: boolean
  onRole: (role: SessionRole) => void
  onRemove: () => void
}

function MemberRow({ member, online, editable, onRole, onRemove }: MemberRowProps) {
  const { t } = useLanguage()
  return (
    <li className="member">
      <Avatar person={member} />
      <span className="member-name">
        {member.name}
        <small>{online ? t('sessions.member.here') : t('sessions.member.away')}</small>
      </span>
      {editable ? (
        <>
          <select
            value={member.role}
            aria-label={t('sessions.role.of', { name: member.name })}
            onChange={(event) => onRole(event.target.value as SessionRole)}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t(`sessions.role.${role}`)}
              </option>
            ))}
          </select>
          <button
            type="button"
            className="link-button"
            onClick={onRemove}
            aria-label={t('sessions.member.remove', { name: member.name })}
          >
            ×
          </button>
        </>
      ) : (
        <span className="member-role">{t(`sessions.role.${member.role}`)}</span>
      )}
    </li>
  )
}

function AddMember({ id, onAdded }: { id: string; onAdded: () => void }) {
  const { t } = useLanguage()
  const sessions = useSessions()
  const { busy, error, onSubmit } = useForm(async (fields) => {
    await sessions.addMember(id, String(fields.get('username')), String(fields.get('role')) as SessionRole)
    onAdded()
  })
  return (
    <form className="side-form" onSubmit={onSubmit}>
      <input
        name="username"
        required
        aria-label={t('sessions.member.name')}
        placeholder={t('sessions.member.name')}
        autoComplete="off"
      />
      <RoleSelect roles={ROLES} first="editor" />
      <button type="submit" className="button button-small" aria-disabled={busy}>
        {t('sessions.member.add')}
      </button>
      {error !== null && (
        <p className="form-error" role="alert">
          {errorText(t, error)}
        </p>
      )}
    </form>
  )
}

function RoleSelect({ roles, first }: { roles: readonly SessionRole[]; first: SessionRole }) {
  const { t } = useLanguage()
  return (
    <select name="role" defaultValue={first} aria-label={t('sessions.role')}>
      {roles.map((role) => (
        <option key={role} value={role}>
          {t(`sessions.role.${role}`)}
        </option>
      ))}
    </select>
  )
}

function Invites({ id, say }: { id: string; say: (text: string) => void }) {
  const { t, format } = useLanguage()
  const sessions = useSessions()
  const invites = useLoaded(useCallback(() => sessions.invites(id), [sessions, id]))
  const [link, setLink] = useState<string | null>(null)
  const { busy, error, onSubmit } = useForm(async (fields) => {
    const made = await sessions.invite(id, {
      role: String(fields.get('role')) as SessionRole,
      expiresInHours: Number(fields.get('hours')),
    })
    const address = new URL(made.path, location.href).href
    setLink(address)
    invites.reload()
    if (await copyText(address)) say(t('sessions.invite.copied'))
  })
  const active = (invites.data ?? []).filter((invite) => invite.active)
  const revoke = (invite: Invite) =>
    sessions.revoke(id, invite.id).then(invites.reload, (problem: unknown) => say(errorText(t, problem)))
  return (
    <>
      <h2 className="side-heading">{t('sessions.invites')}</h2>
      <form className="side-form" onSubmit={onSubmit}>
        <RoleSelect roles={['editor', 'viewer']} first="editor" />
        <select name="hours" defaultValue="24" aria-label={t('sessions.invite.lasts')}>
          {HOURS.map((hours) => (
            <option key={hours} value={hours}>
              {format.duration(hours * 3_600)}
            </option>
          ))}
        </select>
        <button type="submit" className="button button-small" aria-disabled={busy} data-testid="invite">
          {t('sessions.invite.create')}
        </button>
        {error !== null && (
          <p className="form-error" role="alert">
            {errorText(t, error)}
          </p>
        )}
      </form>
      {link && (
        <label className="invite-link">
          {t('sessions.invite.once')}
          <input readOnly value={link} data-testid="invite-link" onFocus={(event) => event.target.select()} />
        </label>
      )}
      <ul>
        {active.map((invite) => (
          <li key={invite.id} className="member">
            <span className="member-name">
              {t(`sessions.role.${invite.role}`)}
              <small>
                {t('sessions.invite.until', { time: format.dateTime(invite.expiresAt), count: invite.uses })}
              </small>
            </span>
            <button type="button" className="link-button" onClick={() => revoke(invite)}>
              {t('sessions.invite.revoke')}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
