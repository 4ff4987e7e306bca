import { useState } from 'react'
import { pathOfAlert } from '../app/router'
import type { ChatLink, ChatMessage } from '../client/collab/messages'
import { Icon } from '../components/Icon'
import { Link } from '../components/Link'
import { pathOfStretch } from '../explore/range'
import { useLanguage } from '../i18n'
import { wordsOf } from './words'

export interface ChatItemProps {
  message: ChatMessage
  color: string
  mine: boolean
  mayDelete?: boolean
  /** Not confirmed by the server yet. */
  sending?: boolean
  onEdit?: (content: string) => void
  onDelete?: () => void
  onRun?: (run: number | undefined, executionId: string | undefined) => void
}

export function ChatItem(props: ChatItemProps) {
  const { message, color, mine, mayDelete = false, sending = false, onEdit, onDelete, onRun } = props
  const { t, format } = useLanguage()
  const [editing, setEditing] = useState(false)
  return (
    <article className={`chat-item ${sending ? 'chat-sending' : ''}`} data-testid="chat-message">
      <header className="chat-head">
        <span className="chat-dot" style={{ background: color }} />
        <strong>{message.authorName}</strong>
        <time dateTime={new Date(message.timestamp).toISOString()} title={format.dateTime(message.timestamp)}>
          {sending ? t('sessions.chat.sending') : format.time(message.timestamp)}
        </time>
        {message.editedAt !== null && !message.deleted && <span>{t('sessions.chat.edited')}</span>}
        {!sending && !message.deleted && (
          <span className="chat-actions">
            {mine && (
              <button
                type="button"
                aria-label={t('sessions.chat.edit')}
                title={t('sessions.chat.edit')}
                onClick={() => setEditing(true)}
              >
                <Icon name="edit" />
              </button>
            )}
            {mayDelete && (
              <button
                type="button"
                aria-label={t('sessions.chat.delete')}
                title={t('sessions.chat.delete')}
                onClick={onDelete}
              >
                <Icon name="trash" />
              </button>
            )}
          </span>
        )}
      </header>
      {message.deleted ? (
        <p className="chat-deleted">{t('sessions.chat.deleted')}</p>
      ) : editing ? (
        <EditForm
          content={message.content}
          onClose={() => setEditing(false)}
          onSave={(content) => {
            onEdit?.(content)
            setEditing(false)
          }}
        />
      ) : (
        <Content message={message} />
      )}
      {!message.deleted && message.links.length > 0 && (
        <ul className="chat-links">
          {message.links.map((link) => (
            <li key={JSON.stringify(link)}>
              <LinkChip link={link} onRun={onRun} />
            </li>
          ))}
        </ul>
      )}
    </article>
  )
}

function Content({ message: { content, mentions } }: { message: ChatMessage }) {
  return (
    <p className="chat-content">
      {wordsOf(content, mentions).map(({ kind, text }, index) =>
        kind === 'link' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the words of a message have no other name.
          <a key={index} href={text} target="_blank" rel="noreferrer noopener">
            {text}
          </a>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the words of a message have no other name.
          <span key={index} className={kind === 'mention' ? 'mention' : undefined}>
            {text}
          </span>
        ),
      )}
    </p>
  )
}

function LinkChip({ link, onRun }: { link: ChatLink; onRun: ChatItemProps['onRun'] }) {
  const { t } = useLanguage()
  if (link.kind === 'alert')
    return (
      <Link className="chip" to={pathOfAlert(link.alertId)}>
        <Icon name="bell" />
        {link.label || t('sessions.link.alert', { id: link.alertId })}
      </Link>
    )
  if (link.kind === 'chart')
    return (
      <Link className="chip" to={pathOfStretch(link.host, link.from, link.to)}>
        <Icon name="explore" />
        {link.label || `${link.host} ${link.metric}`}
      </Link>
    )
  return (
    <button type="button" className="chip" onClick={() => onRun?.(link.run ?? undefined, link.executionId)}>
      <Icon name="table" />
      {link.label || t('sessions.link.run', { number: link.run ?? 0 })}
    </button>
  )
}

interface EditFormProps {
  content: string
  onSave: (content: string) => void
  onClose: () => void
}

function EditForm({ content, onSave, onClose }: EditFormProps) {
  const { t } = useLanguage()
  const [text, setText] = useState(content)
  return (
    <form
      className="chat-edit"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') onSave(text.trim())
      }}
    >
      <textarea
        aria-label={t('sessions.chat.edit')}
        value={text}
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the message that was chosen to be edited.
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          onClose()
        }}
      />
      <button type="submit" className="button button-small">
        {t('console.save')}
      </button>
      <button type="button" className="button button-small" onClick={onClose}>
        {t('sessions.close')}
      </button>
    </form>
  )
}
