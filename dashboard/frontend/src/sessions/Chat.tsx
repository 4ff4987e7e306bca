import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ChatMessage } from '../client/collab/messages'
import type { CollaborativeSession } from '../client/collab/session'
import type { SessionState } from '../client/collab/state'
import { useLanguage } from '../i18n'
import { ChatItem } from './ChatItem'
import { Composer } from './Composer'
import { useSessions } from './useSessions'

export interface ChatProps {
  session: CollaborativeSession
  state: SessionState
  /** Shows the result of a run that a message links to. */
  onRun: (run: number | undefined, executionId: string | undefined) => void
}

const NEAR_PX = 80

/** The talk beside the query: older messages by page, what is new marked, and who is writing. */
export function Chat({ session, state, onRun }: ChatProps) {
  const { t } = useLanguage()
  const sessions = useSessions()
  const { chatMessages, sending, chatMore, you } = state
  const list = useRef<HTMLDivElement>(null)
  const [loading, setLoading] = useState(false)
  const unreadFrom = useUnreadMark(session, state)
  useStickToEnd(list, chatMessages.length + sending.length)

  const older = () => {
    const first = chatMessages[0]
    if (!first || !state.session) return
    setLoading(true)
    const height = list.current?.scrollHeight ?? 0
    sessions
      .messages(state.session.id, first.number)
      .then(({ results, next }) => {
        session.addOlder(results, next !== null)
        requestAnimationFrame(() => {
          if (list.current) list.current.scrollTop += list.current.scrollHeight - height
        })
      })
      .catch(() => undefined)
      .finally(() => setLoading(false))
  }
  return (
    <div className="chat">
      <div
        className="chat-list"
        ref={list}
        role="log"
        aria-label={t('sessions.chat')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the list scrolls, and the keyboard must be able to.
        tabIndex={0}
        data-testid="chat-list"
      >
        {chatMore && (
          <button type="button" className="link-button" disabled={loading} onClick={older}>
            {t('sessions.chat.older')}
          </button>
        )}
        {chatMessages.length === 0 && sending.length === 0 && (
          <p className="side-empty">{t('sessions.chat.none')}</p>
        )}
        {chatMessages.map((message) => (
          <div key={message.id}>
            {message.number === unreadFrom && (
              <p className="chat-new" data-testid="unread-mark">
                {t('sessions.chat.new')}
              </p>
            )}
            <ChatItem
              message={message}
              color={colorOf(state, message)}
              mine={message.authorId === you}
              mayDelete={message.authorId === you || state.role === 'owner'}
              onEdit={(content) => session.editMessage(message.id, content)}
              onDelete={() => session.deleteMessage(message.id)}
              onRun={onRun}
            />
          </div>
        ))}
        {sending.map((message) => (
          <ChatItem key={message.id} message={message} color={colorOf(state, message)} mine sending />
        ))}
      </div>
      <Typing state={state} />
      <Composer session={session} state={state} />
    </div>
  )
}

function colorOf({ participants }: SessionState, { authorId }: ChatMessage): string {
  return participants.find(({ id }) => id === authorId)?.color ?? 'var(--border-strong)'
}

function Typing({ state: { typing, participants } }: { state: SessionState }) {
  const { t } = useLanguage()
  const names = typing.flatMap((id) => participants.find((person) => person.id === id)?.name ?? [])
  return (
    <p className="chat-typing" role="status" data-testid="typing">
      {names.length > 0 && t('sessions.chat.typing', { names: names.join(', ') })}
    </p>
  )
}

/** Where the unread ones began when this came into view; everything shown counts as read. */
function useUnreadMark(
  session: CollaborativeSession,
  { chatMessages, readNumber, you, joined }: SessionState,
) {
  const [mark, setMark] = useState<number | null>(null)
  const newest = chatMessages.at(-1)?.number ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: the mark stays where it was when one came to read.
  useEffect(() => {
    if (!joined) return
    const first = chatMessages.find((message) => message.number > readNumber && message.authorId !== you)
    if (mark === null && first) setMark(first.number)
  }, [joined])
  useEffect(() => {
    const read = () => {
      if (document.visibilityState === 'visible' && joined && newest > 0) session.markRead(newest)
    }
    read()
    document.addEventListener('visibilitychange', read)
    return () => document.removeEventListener('visibilitychange', read)
  }, [session, newest, joined])
  return mark
}

/** New messages come into sight, unless somebody is reading older ones. */
function useStickToEnd(list: React.RefObject<HTMLDivElement | null>, count: number): void {
  const near = useRef(true)
  useEffect(() => {
    const element = list.current
    if (!element) return
    const scrolled = () => {
      near.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX
    }
    element.addEventListener('scroll', scrolled)
    return () => element.removeEventListener('scroll', scrolled)
  }, [list])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `count` tells that something came.
  useLayoutEffect(() => {
    if (near.current && list.current) list.current.scrollTop = list.current.scrollHeight
  }, [count, list])
}
