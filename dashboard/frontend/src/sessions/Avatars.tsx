import type { Participant } from '../client/collab/messages'
import { useLanguage } from '../i18n'

const SHOWN = 6

/** Who is here now, as coloured initials; each once, however many tabs they have. */
export function Avatars({ people }: { people: readonly Participant[] }) {
  const { t } = useLanguage()
  const names = people.map(({ name }) => name).join(', ')
  return (
    <div className="avatars" data-testid="participants" data-count={people.length}>
      <span className="sr-only">{t('sessions.online', { names })}</span>
      {people.slice(0, SHOWN).map((person) => (
        <Avatar key={person.id} person={person} />
      ))}
      {people.length > SHOWN && (
        <span className="avatar avatar-more" aria-hidden="true">
          +{people.length - SHOWN}
        </span>
      )}
    </div>
  )
}

export function Avatar({ person: { name, color } }: { person: Pick<Participant, 'name' | 'color'> }) {
  return (
    <span className="avatar" style={{ background: color }} title={name} aria-hidden="true">
      {initials(name)}
    </span>
  )
}

function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter(Boolean)
  const letters =
    parts.length > 1 ? [parts[0], parts[1]].map((part) => [...(part ?? '')][0]) : [...name].slice(0, 2)
  return letters.join('').toUpperCase()
}
