import type { Api, Page } from '../api'
import type { ChatMessage, Participant, SessionContext, SessionRole, TimelineEntry } from './messages'

export interface SessionSummary {
  id: string
  title: string
  archived: boolean
  role: SessionRole
  createdBy: { id: string; name: string }
  createdAt: number
  updatedAt: number
  context: SessionContext | null
  /** The first 500 characters. */
  query: string
  unread: number
  members: number
  online: Participant[]
}

export interface Member {
  id: string
  name: string
  role: SessionRole
  color: string
  joinedAt: number
  lastSeenAt: number | null
}

export interface Invite {
  id: number | string
  role: SessionRole
  createdBy: { id: string; name: string } | string
  createdAt: number
  expiresAt: number
  revokedAt: number | null
  uses: number
  maxUses: number | null
  active: boolean
}

export interface NewInvite extends Invite {
  token: string
  /** `/join#<token>`, shown this once. */
  path: string
}

export interface Older<T> {
  /** Oldest first. */
  results: T[]
  /** What to pass as `before` for older ones, null at the beginning. */
  next: number | null
}

export type SessionFilter = 'open' | 'archived' | 'all'

/** `/api/v1/sessions`. Every method rejects with `ApiError`. */
export class SessionsApi {
  constructor(private readonly api: Api) {}

  list(
    query: { state: SessionFilter; q?: string; cursor?: string },
    signal?: AbortSignal,
  ): Promise<Page<SessionSummary>> {
    return this.api.get('sessions', query, signal)
  }

  create(draft: { title?: string; query?: string; context?: SessionContext }): Promise<SessionSummary> {
    return this.api.send('POST', 'sessions', draft)
  }

  change(id: string, change: { title?: string; archived?: boolean }): Promise<SessionSummary> {
    return this.api.send('PATCH', `sessions/${id}`, change)
  }

  async members(id: string): Promise<Member[]> {
    return listed(await this.api.get(`sessions/${id}/members`, {}))
  }

  addMember(id: string, username: string, role: SessionRole): Promise<Member> {
    return this.api.send('POST', `sessions/${id}/members`, { username, role })
  }

  changeMember(id: string, member: string, role: SessionRole): Promise<Member> {
    return this.api.send('PATCH', `sessions/${id}/members/${member}`, { role })
  }

  removeMember(id: string, member: string): Promise<void> {
    return this.api.send('DELETE', `sessions/${id}/members/${member}`)
  }

  async invites(id: string): Promise<Invite[]> {
    return listed(await this.api.get(`sessions/${id}/invites`, {}))
  }

  invite(
    id: string,
    draft: { role: SessionRole; expiresInHours?: number; maxUses?: number },
  ): Promise<NewInvite> {
    return this.api.send('POST', `sessions/${id}/invites`, draft)
  }

  revoke(id: string, invite: Invite['id']): Promise<void> {
    return this.api.send('DELETE', `sessions/${id}/invites/${invite}`)
  }

  join(token: string): Promise<{ session: SessionSummary; role: SessionRole }> {
    return this.api.send('POST', 'sessions/join', { token })
  }

  messages(id: string, before: number): Promise<Older<ChatMessage>> {
    return this.api.get(`sessions/${id}/messages`, { before })
  }

  timeline(id: string, before?: number): Promise<Older<TimelineEntry>> {
    return this.api.get(`sessions/${id}/timeline`, { before })
  }
}

function listed<T>(answer: Page<T> | T[]): T[] {
  return Array.isArray(answer) ? answer : answer.results
}

/** Where the server writes the session down as Markdown. */
export function reportPath(id: string, language: 'en' | 'zh', timezone: string): string {
  return `/api/v1/sessions/${id}/export?${new URLSearchParams({ language, timezone })}`
}
