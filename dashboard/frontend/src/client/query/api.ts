import type { Api, Page } from '../api'
import { ApiError } from '../errors'
import type { CancelReason, ParameterValue, Truncated } from './messages'
import type { Column } from './rows'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 3_200

/** A text in each language of the interface. */
export interface LocalText {
  en: string
  'zh-hans': string
}

export interface DataSource {
  /** Null is the built-in history. */
  id: number | null
  name: string
  kind: 'history' | 'sqlite' | 'postgresql'
  dialect: 'sqlite' | 'postgresql'
  builtIn: boolean
  available: boolean
  /** Why it is not available. */
  reason: string
}

export interface RelationColumn {
  name: string
  type: string
  unit?: string
  description: LocalText | ''
}

export interface Relation {
  name: string
  description: LocalText | ''
  columns: RelationColumn[]
}

export interface Schema {
  dialect: 'sqlite' | 'postgresql'
  relations: Relation[]
  functions: string[]
}

export interface Example {
  id: string
  title: LocalText
  query: string
}

export type ExecutionState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

export interface ExecutionRecord {
  id: string
  user: string
  source: number | null
  sourceName: string
  query: string
  parameters: Record<string, ParameterValue> | null
  state: ExecutionState
  startedAt: number
  endedAt: number | null
  elapsedMs: number | null
  rows: number
  bytes: number
  truncated: Truncated
  error: { code: string; message: string } | null
  cancelReason: CancelReason | null
  columns: Column[]
  shared: boolean
  rowsKept: boolean
}

export type ParameterType = 'text' | 'number' | 'boolean' | 'datetime'

export interface Parameter {
  name: string
  type: ParameterType
  label?: string
  default?: ParameterValue
}

export interface SavedQueryDraft {
  name: string
  description?: string
  query: string
  source?: number | null
  parameters?: Parameter[]
  /** Everybody who may query sees it. */
  shared?: boolean
}

export interface SavedQuery extends Required<SavedQueryDraft> {
  id: number
  owner: string
  mine: boolean
  createdAt: number
  updatedAt: number
}

export interface Share {
  share: string
  expiresAt?: number
  /** Path with fragment. */
  link: string
}

/** `/api/v1/queries`. Every method rejects with `ApiError`. */
export class QueriesApi {
  constructor(private readonly api: Api) {}

  sources(signal?: AbortSignal): Promise<DataSource[]> {
    return this.list('queries/sources', {}, signal)
  }

  schema(source: number | null, signal?: AbortSignal): Promise<Schema> {
    return this.api.get('queries/schema', source === null ? {} : { source }, signal)
  }

  examples(signal?: AbortSignal): Promise<Example[]> {
    return this.list('queries/examples', {}, signal)
  }

  /** Newest first. */
  executions(query: { q?: string; limit?: number }, signal?: AbortSignal): Promise<ExecutionRecord[]> {
    return this.list('queries/executions', query, signal)
  }

  saved(signal?: AbortSignal): Promise<SavedQuery[]> {
    return this.list('queries/saved', {}, signal)
  }

  save(draft: SavedQueryDraft): Promise<SavedQuery> {
    return this.api.send('POST', 'queries/saved', draft)
  }

  change(id: number, draft: Partial<SavedQueryDraft>): Promise<SavedQuery> {
    return this.api.send('PATCH', `queries/saved/${id}`, draft)
  }

  remove(id: number): Promise<void> {
    return this.api.send('DELETE', `queries/saved/${id}`)
  }

  shareSaved(id: number): Promise<Share> {
    return this.api.send('POST', `queries/saved/${id}/share`, {})
  }

  openSaved(share: string): Promise<SavedQuery> {
    return this.api.send('POST', 'queries/saved/open', { share })
  }

  shareExecution(id: string, allowCancel = false): Promise<Share> {
    return this.api.send('POST', `queries/executions/${id}/share`, { allowCancel })
  }

  /** The same for a run that has just begun: its first rows do not wait for its record, so that may come a little later. */
  async shareBegun(id: string, allowCancel = false): Promise<Share> {
    for (let wait = FIRST_WAIT_MS; ; wait *= 2) {
      try {
        return await this.shareExecution(id, allowCancel)
      } catch (error) {
        const early = error instanceof ApiError && error.status === 404
        if (!early || wait > LONGEST_WAIT_MS) throw error
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  private async list<T>(path: string, query: object, signal?: AbortSignal): Promise<T[]> {
    const answer = await this.api.get<Page<T> | T[]>(path, query, signal)
    return Array.isArray(answer) ? answer : answer.results
  }
}

/** Where the server streams the rows of an execution of one's own as a file. */
export function exportPath(executionId: string, format: 'csv' | 'json'): string {
  return `/api/v1/queries/executions/${encodeURIComponent(executionId)}/export?format=${format}`
}
