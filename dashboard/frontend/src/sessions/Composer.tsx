// biome-ignore-all lint/a11y/useFocusableInteractive: the text field keeps the focus and names the active option.
// biome-ignore-all lint/a11y/useSemanticElements: a list of suggestions under a text field is no <select>.
import { type FormEvent, type KeyboardEvent, useId, useRef, useState } from 'react'
import type { ChatLink } from '../client/collab/messages'
import type { CollaborativeSession } from '../client/collab/session'
import type { SessionState } from '../client/collab/state'
import { Icon } from '../components/Icon'
import { Menu } from '../components/Menu'
import { useLanguage } from '../i18n'
import { mentionAt } from './words'

export interface ComposerProps {
  session: CollaborativeSession
  state: SessionState
}

/** Writes a message: Enter sends, Shift+Enter breaks the line, @ calls somebody by name. */
export function Composer({ session, state }: ComposerProps) {
  const { t } = useLanguage()
  const field = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  const [text, setText] = useState('')
  const [cursor, setCursor] = useState(0)
  const [links, setLinks] = useState<readonly ChatLink[]>([])
  const [picked, setPicked] = useState(0)
  const mention = mentionAt(text, cursor)
  const names = mention
    ? state.participants
        .filter(({ name }) => name.toLowerCase().startsWith(mention.typed.toLowerCase()))
        .slice(0, 6)
    : []
  const limit = state.limits?.messageLength ?? 4_000

  const change = (value: string, at: number) => {
    setText(value)
    setCursor(at)
    setPicked(0)
    session.setTyping(value !== '')
  }
  const send = () => {
    const content = text.trim()
    if (content === '' || content.length > limit) return
    session.sendChatMessage(content, links)
    change('', 0)
    setLinks([])
  }
  const complete = (name: string) => {
    if (!mention) return
    const before = `${text.slice(0, mention.from)}${name} `
    change(before + text.slice(cursor), before.length)
    field.current?.focus()
  }
  const keys = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (names.length > 0 && ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape'].includes(event.key)) {
      event.preventDefault()
      if (event.key === 'ArrowDown') setPicked((picked + 1) % names.length)
      else if (event.key === 'ArrowUp') setPicked((picked + names.length - 1) % names.length)
      else if (event.key === 'Escape') setCursor(-1)
      else complete(names[picked]?.name ?? '')
    } else if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      send()
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  return (
    <form className="composer" onSubmit={submit}>
      {names.length > 0 && (
        <div className="mentions" role="listbox" id={`${id}-names`} aria-label={t('sessions.chat.people')}>
          {names.map(({ id: person, name }, index) => (
            <div
              key={person}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === picked}
              onPointerDown={(event) => {
                event.preventDefault()
                complete(name)
              }}
            >
              @{name}
            </div>
          ))}
        </div>
      )}
      {links.length > 0 && (
        <ul className="chat-links">
          {links.map((link) => (
            <li key={JSON.stringify(link)}>
              <button
                type="button"
                className="chip"
                onClick={() => setLinks(links.filter((one) => one !== link))}
              >
                {link.label}
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-row">
        <Attach state={state} onLink={(link) => setLinks([...links, link].slice(-10))} />
        <textarea
          ref={field}
          rows={1}
          value={text}
          maxLength={limit}
          data-testid="composer"
          placeholder={t('sessions.chat.placeholder')}
          aria-label={t('sessions.chat.placeholder')}
          aria-controls={names.length > 0 ? `${id}-names` : undefined}
          aria-activedescendant={names.length > 0 ? `${id}-${picked}` : undefined}
          onChange={(event) => change(event.target.value, event.target.selectionStart)}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
          onBlur={() => session.setTyping(false)}
          onKeyDown={keys}
        />
        <button
          type="submit"
          className="icon-button"
          aria-label={t('sessions.chat.send')}
          title={t('sessions.chat.send')}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  )
}

/** Puts a link to what the talk is about beside the message. */
function Attach({
  state: { runs, session },
  onLink,
}: {
  state: SessionState
  onLink: (link: ChatLink) => void
}) {
  const { t } = useLanguage()
  const context = session?.context
  const choices: ChatLink[] = runs.slice(0, 3).map(({ number, executionId }) => ({
    kind: 'execution',
    run: number,
    executionId,
    label: t('sessions.link.run', { number }),
  }))
  if (context?.alertId !== undefined)
    choices.push({
      kind: 'alert',
      alertId: context.alertId,
      label: context.message ?? t('sessions.link.alert', { id: context.alertId }),
    })
  if (context?.host && context.metric && context.from !== undefined && context.to !== undefined)
    choices.push({
      kind: 'chart',
      host: context.host,
      metric: context.metric,
      from: context.from,
      to: context.to,
      label: `${context.host} ${context.metric}`,
    })
  if (choices.length === 0) return null
  return (
    <Menu closes label={t('sessions.chat.attach')} button={<Icon name="link" />}>
      {choices.map((link) => (
        <button key={JSON.stringify(link)} type="button" className="menu-item" onClick={() => onLink(link)}>
          {link.label}
        </button>
      ))}
    </Menu>
  )
}
