// Generated from protocol.schema.json by `npm run generate`: do not edit.
// Times are milliseconds since the Unix epoch unless a field says otherwise.

export type ClientMessage =
  SubscribeMessage | UnsubscribeMessage | PingMessage | GetHistoryMessage | AckMessage
export type CollaborationClientMessage =
  | CollaborationPingMessage
  | CollaborationGetStateMessage
  | CollaborationDocUpdateMessage
  | CollaborationAwarenessMessage
  | CollaborationUpdateQueryMessage
  | CollaborationMoveCursorMessage
  | CollaborationChatMessageMessage
  | CollaborationEditMessageMessage
  | CollaborationDeleteMessageMessage
  | CollaborationTypingMessage
  | CollaborationChatReadMessage
  | CollaborationRunStartedMessage
  | CollaborationRunProgressMessage
  | CollaborationRunFinishedMessage
  | CollaborationCancelRunMessage
export type CollaborationServerMessage =
  | CollaborationConnectedEvent
  | CollaborationPongEvent
  | CollaborationErrorEvent
  | CollaborationDisconnectedEvent
  | CollaborationSessionStateEvent
  | CollaborationSessionUpdatedEvent
  | CollaborationParticipantJoinedEvent
  | CollaborationParticipantLeftEvent
  | CollaborationParticipantUpdatedEvent
  | CollaborationRoleChangedEvent
  | CollaborationDocUpdateEvent
  | CollaborationDocSavedEvent
  | CollaborationAwarenessEvent
  | CollaborationQueryUpdatedEvent
  | CollaborationCursorMovedEvent
  | CollaborationChatMessageEvent
  | CollaborationChatUpdatedEvent
  | CollaborationChatReadEvent
  | CollaborationTypingEvent
  | CollaborationRunStartedEvent
  | CollaborationRunFinishedEvent
  | CollaborationRunProgressEvent
  | CollaborationRunCancelEvent
  | CollaborationTimelineEvent
/**
 * Every code an `error` event may carry. An error about one message never closes the socket.
 */
export type ErrorCode =
  | 'HEARTBEAT_TIMEOUT'
  | 'INTERNAL_ERROR'
  | 'INVALID_MESSAGE'
  | 'INVALID_TYPE'
  | 'MAX_CONNECTIONS_EXCEEDED'
  | 'PARSE_ERROR'
  | 'QUEUE_OVERFLOW'
  | 'RATE_LIMITED'
  | 'UNAUTHORIZED'
  | 'UNKNOWN_ACTION'
export type MonitoringClientMessage = MonitoringPingMessage | MonitoringClientMetricsMessage
export type MonitoringServerMessage =
  MonitoringConnectedEvent | MonitoringPongEvent | MonitoringErrorEvent | MonitoringDisconnectedEvent
export type QueryClientMessage =
  | QueryPingMessage
  | QueryExecuteQueryMessage
  | QueryCancelQueryMessage
  | QueryAckMessage
  | QueryAttachMessage
  | QueryDetachMessage
export type QueryServerMessage =
  | QueryConnectedEvent
  | QueryPongEvent
  | QueryPeerErrorEvent
  | QueryDisconnectedEvent
  | QueryStartedEvent
  | QueryProgressEvent
  | QueryDataStreamStartEvent
  | QueryDataChunkEvent
  | QueryDataStreamCompleteEvent
  | QueryDataStreamErrorEvent
  | QueryCompletedEvent
  | QueryErrorEvent
  | QueryCancelledEvent
export type ServerMessage =
  | ConnectedEvent
  | DisconnectedEvent
  | SubscribedEvent
  | UnsubscribedEvent
  | HistoryDataEvent
  | BatchUpdateEvent
  | PongEvent
  | ErrorEvent
  | StatusUpdateEvent
  | StatsUpdateEvent
  | HealthAlertEvent
  | HealthRecoveryEvent
  | ConfigChangedEvent

/**
 * Every message and shape of the wire by name.
 */
export interface Protocol {
  AckMessage?: AckMessage
  AckPayload?: AckPayload
  AlertLink?: AlertLink
  AlertUpdate?: AlertUpdate
  AttachQuery?: AttachQuery
  Awareness?: Awareness
  AwarenessUpdated?: AwarenessUpdated
  BatchUpdateData?: BatchUpdateData
  BatchUpdateEvent?: BatchUpdateEvent
  BatchedEvent?: BatchedEvent
  CancelQuery?: CancelQuery
  CancelRun?: CancelRun
  Change?: Change
  ChartLink?: ChartLink
  ChatMessage?: ChatMessage
  ChatPosted?: ChatPosted
  ChatRead?: ChatRead
  ChatSeen?: ChatSeen
  ClientMessage?: ClientMessage
  ClientMetrics?: ClientMetrics
  CollaborationAwarenessEvent?: CollaborationAwarenessEvent
  CollaborationAwarenessMessage?: CollaborationAwarenessMessage
  CollaborationCancelRunMessage?: CollaborationCancelRunMessage
  CollaborationChatMessageEvent?: CollaborationChatMessageEvent
  CollaborationChatMessageMessage?: CollaborationChatMessageMessage
  CollaborationChatReadEvent?: CollaborationChatReadEvent
  CollaborationChatReadMessage?: CollaborationChatReadMessage
  CollaborationChatUpdatedEvent?: CollaborationChatUpdatedEvent
  CollaborationClientMessage?: CollaborationClientMessage
  CollaborationConnectedEvent?: CollaborationConnectedEvent
  CollaborationCursorMovedEvent?: CollaborationCursorMovedEvent
  CollaborationDeleteMessageMessage?: CollaborationDeleteMessageMessage
  CollaborationDisconnectedEvent?: CollaborationDisconnectedEvent
  CollaborationDocSavedEvent?: CollaborationDocSavedEvent
  CollaborationDocUpdateEvent?: CollaborationDocUpdateEvent
  CollaborationDocUpdateMessage?: CollaborationDocUpdateMessage
  CollaborationEditMessageMessage?: CollaborationEditMessageMessage
  CollaborationErrorEvent?: CollaborationErrorEvent
  CollaborationGetStateMessage?: CollaborationGetStateMessage
  CollaborationMoveCursorMessage?: CollaborationMoveCursorMessage
  CollaborationParticipantJoinedEvent?: CollaborationParticipantJoinedEvent
  CollaborationParticipantLeftEvent?: CollaborationParticipantLeftEvent
  CollaborationParticipantUpdatedEvent?: CollaborationParticipantUpdatedEvent
  CollaborationPingMessage?: CollaborationPingMessage
  CollaborationPongEvent?: CollaborationPongEvent
  CollaborationQueryUpdatedEvent?: CollaborationQueryUpdatedEvent
  CollaborationRoleChangedEvent?: CollaborationRoleChangedEvent
  CollaborationRunCancelEvent?: CollaborationRunCancelEvent
  CollaborationRunFinishedEvent?: CollaborationRunFinishedEvent
  CollaborationRunFinishedMessage?: CollaborationRunFinishedMessage
  CollaborationRunProgressEvent?: CollaborationRunProgressEvent
  CollaborationRunProgressMessage?: CollaborationRunProgressMessage
  CollaborationRunStartedEvent?: CollaborationRunStartedEvent
  CollaborationRunStartedMessage?: CollaborationRunStartedMessage
  CollaborationServerMessage?: CollaborationServerMessage
  CollaborationSessionStateEvent?: CollaborationSessionStateEvent
  CollaborationSessionUpdatedEvent?: CollaborationSessionUpdatedEvent
  CollaborationTimelineEvent?: CollaborationTimelineEvent
  CollaborationTypingEvent?: CollaborationTypingEvent
  CollaborationTypingMessage?: CollaborationTypingMessage
  CollaborationUpdateQueryMessage?: CollaborationUpdateQueryMessage
  ConfigChanged?: ConfigChanged
  ConfigChangedEvent?: ConfigChangedEvent
  ConnectedData?: ConnectedData
  ConnectedEvent?: ConnectedEvent
  CursorMoved?: CursorMoved
  DataChunk?: DataChunk
  DataStreamComplete?: DataStreamComplete
  DataStreamError?: DataStreamError
  DataStreamStart?: DataStreamStart
  DeleteMessage?: DeleteMessage
  DetachQuery?: DetachQuery
  DisconnectedData?: DisconnectedData
  DisconnectedEvent?: DisconnectedEvent
  DocSaved?: DocSaved
  DocUpdate?: DocUpdate
  DocUpdated?: DocUpdated
  EditMessage?: EditMessage
  ErrorCode?: ErrorCode
  ErrorData?: ErrorData
  ErrorEvent?: ErrorEvent
  ExecuteQuery?: ExecuteQuery
  ExecutionLink?: ExecutionLink
  Filter?: Filter
  GetHistoryMessage?: GetHistoryMessage
  GetHistoryPayload?: GetHistoryPayload
  HealthAlert?: HealthAlert
  HealthAlertEvent?: HealthAlertEvent
  HealthRecoveryEvent?: HealthRecoveryEvent
  HistoryData?: HistoryData
  HistoryDataEvent?: HistoryDataEvent
  LatencyStats?: LatencyStats
  Limits?: Limits
  Mention?: Mention
  MonitoringClientMessage?: MonitoringClientMessage
  MonitoringClientMetricsMessage?: MonitoringClientMetricsMessage
  MonitoringConnectedEvent?: MonitoringConnectedEvent
  MonitoringDisconnectedEvent?: MonitoringDisconnectedEvent
  MonitoringErrorEvent?: MonitoringErrorEvent
  MonitoringPingMessage?: MonitoringPingMessage
  MonitoringPongEvent?: MonitoringPongEvent
  MonitoringServerMessage?: MonitoringServerMessage
  MoveCursor?: MoveCursor
  OutgoingChat?: OutgoingChat
  Participant?: Participant
  ParticipantJoined?: ParticipantJoined
  ParticipantLeft?: ParticipantLeft
  ParticipantUpdated?: ParticipantUpdated
  PeerConnected?: PeerConnected
  PeerDisconnected?: PeerDisconnected
  PeerError?: PeerError
  PeerPong?: PeerPong
  PingMessage?: PingMessage
  PongData?: PongData
  PongEvent?: PongEvent
  Process?: Process
  QueryAck?: QueryAck
  QueryAckMessage?: QueryAckMessage
  QueryAttachMessage?: QueryAttachMessage
  QueryCancelQueryMessage?: QueryCancelQueryMessage
  QueryCancelled?: QueryCancelled
  QueryCancelledEvent?: QueryCancelledEvent
  QueryClientMessage?: QueryClientMessage
  QueryCompleted?: QueryCompleted
  QueryCompletedEvent?: QueryCompletedEvent
  QueryConnectedEvent?: QueryConnectedEvent
  QueryDataChunkEvent?: QueryDataChunkEvent
  QueryDataStreamCompleteEvent?: QueryDataStreamCompleteEvent
  QueryDataStreamErrorEvent?: QueryDataStreamErrorEvent
  QueryDataStreamStartEvent?: QueryDataStreamStartEvent
  QueryDetachMessage?: QueryDetachMessage
  QueryDisconnectedEvent?: QueryDisconnectedEvent
  QueryError?: QueryError
  QueryErrorEvent?: QueryErrorEvent
  QueryExecuteQueryMessage?: QueryExecuteQueryMessage
  QueryOptions?: QueryOptions
  QueryPeerErrorEvent?: QueryPeerErrorEvent
  QueryPingMessage?: QueryPingMessage
  QueryPongEvent?: QueryPongEvent
  QueryProblem?: QueryProblem
  QueryProgress?: QueryProgress
  QueryProgressEvent?: QueryProgressEvent
  QueryResult?: QueryResult
  QueryServerMessage?: QueryServerMessage
  QueryStarted?: QueryStarted
  QueryStartedEvent?: QueryStartedEvent
  QueryUpdated?: QueryUpdated
  RequestCounts?: RequestCounts
  ResultColumn?: ResultColumn
  RoleChanged?: RoleChanged
  Run?: Run
  RunCancel?: RunCancel
  RunChanged?: RunChanged
  RunFinished?: RunFinished
  RunProgress?: RunProgress
  RunProgressed?: RunProgressed
  RunStarted?: RunStarted
  SendChat?: SendChat
  ServerMessage?: ServerMessage
  SessionInfo?: SessionInfo
  SessionState?: SessionState
  SessionUpdated?: SessionUpdated
  StatsUpdate?: StatsUpdate
  StatsUpdateEvent?: StatsUpdateEvent
  StatusUpdate?: StatusUpdate
  StatusUpdateEvent?: StatusUpdateEvent
  SubscribeMessage?: SubscribeMessage
  SubscribePayload?: SubscribePayload
  SubscribedData?: SubscribedData
  SubscribedEvent?: SubscribedEvent
  SystemStats?: SystemStats
  SystemStatus?: SystemStatus
  TimelineAdded?: TimelineAdded
  TimelineEntry?: TimelineEntry
  Typing?: Typing
  TypingChanged?: TypingChanged
  UnsubscribeMessage?: UnsubscribeMessage
  UnsubscribePayload?: UnsubscribePayload
  UnsubscribedEvent?: UnsubscribedEvent
  UpdateQuery?: UpdateQuery
}
export interface AckMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
  direction?: 'client-to-server'
  action: 'ack'
  payload?: AckPayload
}
/**
 * `ack`: shows life; `id` names the message that was received.
 */
export interface AckPayload {
  id?: string | null
}
/**
 * A link to an alert.
 */
export interface AlertLink {
  kind: 'alert'
  alertId: number
  label?: string
}
/**
 * `health_alert` and `health_recovery`.
 */
export interface AlertUpdate {
  alert: HealthAlert
}
/**
 * One alert. `id` stays the same from firing to recovery; `state` tells which it is now. `threshold` and `current_value` are in the unit of the component (percent, milliseconds, a count).
 */
export interface HealthAlert {
  id: number
  host: string
  state: 'firing' | 'recovered'
  level: 'critical' | 'info' | 'warning'
  component: string
  message: string
  threshold: number
  currentValue: number
  timestamp: number
  startedAt: number
  endedAt?: number | null
  details?: {
    [k: string]: unknown
  }
}
/**
 * `attach`: resume one's own execution after chunk `seq`, or watch a shared one.
 */
export interface AttachQuery {
  executionId: string
  share?: string | null
  seq?: number
  rowFormat?: 'array' | 'object'
}
/**
 * `awareness`: an awareness message of `y-protocols` with one's own states.
 */
export interface Awareness {
  update: string
}
/**
 * `awareness`: states that have changed.
 */
export interface AwarenessUpdated {
  update: string
}
/**
 * `batch_update`: several events of one type in one frame, oldest first.
 */
export interface BatchUpdateData {
  events: BatchedEvent[]
}
/**
 * One event inside a `batch_update`.
 */
export interface BatchedEvent {
  event: string
  data: unknown
}
export interface BatchUpdateEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'batch_update'
  data: BatchUpdateData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `cancel_query`: end an execution now.
 */
export interface CancelQuery {
  executionId: string
}
/**
 * `cancel_run`.
 */
export interface CancelRun {
  executionId: string
}
/**
 * One field that differs from the reading before. The first reading is `{field: "all", oldValue: null}`.
 */
export interface Change {
  field: 'activeConnections' | 'all' | 'cpuUsage' | 'diskUsage' | 'memoryUsage'
  oldValue: number | null
  newValue: number | SystemStatus
  delta?: number
}
/**
 * One reading of one host. `uptime` is in seconds. `active_connections` counts established TCP sockets of the host, `web_socket_connections` those of Presence on it. `process_memory` is the resident set of the Presence process in bytes. `temperature` is in degrees Celsius, absent where the host has no sensor. `processes` comes with every fifth reading or so.
 */
export interface SystemStatus {
  host: string
  systemOnline: boolean
  cpuUsage: number
  memoryUsage: number
  diskUsage: number
  activeConnections: number
  uptime: number
  timestamp: number
  version: string
  cpuPerCore?: number[]
  load1?: number | null
  load5?: number | null
  load15?: number | null
  swapUsage?: number
  memoryTotal?: number
  diskTotal?: number
  networkReceived?: number
  networkSent?: number
  diskRead?: number
  diskWritten?: number
  temperature?: number | null
  processMemory?: number
  webSocketConnections?: number
  processes?: Process[]
}
/**
 * One of the busiest processes. `cpu` is percent of one core, `memory` resident bytes.
 */
export interface Process {
  pid: number
  name: string
  cpu: number
  memory: number
}
/**
 * A link to a chart: a metric of a host over a range of time.
 */
export interface ChartLink {
  kind: 'chart'
  host: string
  metric: string
  from: number
  to: number
  label?: string
}
/**
 * One message of the chat. `number` is its place in the session's log.
 */
export interface ChatMessage {
  id: string
  number: number
  authorId: string | null
  authorName: string
  content: string
  timestamp: number
  editedAt: number | null
  deleted: boolean
  mentions: Mention[]
  links: (AlertLink | ChartLink | ExecutionLink)[]
}
/**
 * Somebody who is called by name.
 */
export interface Mention {
  id: string
  name: string
}
/**
 * A link to an execution, or to a run of this session.
 */
export interface ExecutionLink {
  kind: 'execution'
  executionId?: string
  run?: number | null
  label?: string
}
/**
 * `chat_message` and `chat_updated`.
 */
export interface ChatPosted {
  message: ChatMessage
}
/**
 * `chat_read`: the chat was seen up to this number.
 */
export interface ChatRead {
  number: number
}
/**
 * `chat_read`, to one's other tabs.
 */
export interface ChatSeen {
  number: number
}
export interface SubscribeMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
  direction?: 'client-to-server'
  action: 'subscribe'
  payload: SubscribePayload
}
/**
 * `subscribe`: adds `types` to what is subscribed; subscribing again changes the options. `throttle_ms` is the least time between two frames of a type, 0-60,000 ms. `since` maps a type to the position to resume after. `history` is how many past entries `history_data` brings, 0-100. `compress` (from 1.1 on) lets large data come as base64 of its zlib stream, marked `compressed: true`.
 */
export interface SubscribePayload {
  /**
   * @minItems 1
   * @maxItems 100
   */
  types: string[]
  throttleMs?: number
  filter?: Filter | null
  since?: {
    [k: string]: string
  } | null
  history?: number
  compress?: boolean
}
/**
 * Which events of a topic a subscriber wants; an absent field lets everything pass.
 */
export interface Filter {
  minSeverity?: ('critical' | 'info' | 'warning') | null
  components?: string[] | null
  hosts?: string[] | null
}
export interface UnsubscribeMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
  direction?: 'client-to-server'
  action: 'unsubscribe'
  payload: UnsubscribePayload
}
/**
 * `unsubscribe`: takes `types` away; types that were not subscribed are ignored.
 */
export interface UnsubscribePayload {
  /**
   * @minItems 1
   * @maxItems 100
   */
  types: string[]
}
export interface PingMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
  direction?: 'client-to-server'
  action: 'ping'
}
export interface GetHistoryMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
  direction?: 'client-to-server'
  action: 'get_history'
  payload: GetHistoryPayload
}
/**
 * `get_history`: the last `limit` entries of `type`, older than `before` (ms) when given.
 */
export interface GetHistoryPayload {
  type: string
  limit: number
  before?: number | null
}
/**
 * `client_metrics`: counters since the page was loaded; times in ms; `packetsLost` is a share, 0-1. `client` is a random name of the page, the same on every socket that it opens.
 */
export interface ClientMetrics {
  client?: string
  connectionTime?: number | null
  messagesSent?: number
  messagesReceived?: number
  bytesTransferred?: number
  reconnections?: number
  errors?: number
  latency?: number | null
  packetsLost?: number | null
  uptime?: number | null
  quality?: ('critical' | 'excellent' | 'good' | 'poor') | null
}
export interface CollaborationAwarenessEvent {
  type: 'awareness'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: AwarenessUpdated
}
export interface CollaborationAwarenessMessage {
  type: 'awareness'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: Awareness
}
export interface CollaborationCancelRunMessage {
  type: 'cancel_run'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: CancelRun
}
export interface CollaborationChatMessageEvent {
  type: 'chat_message'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ChatPosted
}
export interface CollaborationChatMessageMessage {
  type: 'chat_message'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: SendChat
}
/**
 * `chat_message`; author and time are the server's, whatever else it says.
 */
export interface SendChat {
  message: OutgoingChat
}
/**
 * What somebody says. `id` is the sender's, so that saying it twice is saying it once.
 */
export interface OutgoingChat {
  id: string
  content: string
  /**
   * @maxItems 10
   */
  links?: (AlertLink | ChartLink | ExecutionLink)[]
}
export interface CollaborationChatReadEvent {
  type: 'chat_read'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ChatSeen
}
export interface CollaborationChatReadMessage {
  type: 'chat_read'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ChatRead
}
export interface CollaborationChatUpdatedEvent {
  type: 'chat_updated'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ChatPosted
}
export interface CollaborationPingMessage {
  type: 'ping'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
}
export interface CollaborationGetStateMessage {
  type: 'get_state'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
}
export interface CollaborationDocUpdateMessage {
  type: 'doc_update'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DocUpdate
}
/**
 * `doc_update`: a Yjs update (version 1).
 */
export interface DocUpdate {
  update: string
}
export interface CollaborationUpdateQueryMessage {
  type: 'update_query'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: UpdateQuery
}
/**
 * `update_query`: the whole text as a plain client wants it; `seq` says which text it changed.
 */
export interface UpdateQuery {
  query: string
  seq?: number | null
}
export interface CollaborationMoveCursorMessage {
  type: 'move_cursor'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: MoveCursor
}
/**
 * `move_cursor`: where a plain client's cursor is, in its own terms.
 */
export interface MoveCursor {
  cursor: unknown
}
export interface CollaborationEditMessageMessage {
  type: 'edit_message'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: EditMessage
}
/**
 * `edit_message`.
 */
export interface EditMessage {
  id: string
  content: string
}
export interface CollaborationDeleteMessageMessage {
  type: 'delete_message'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DeleteMessage
}
/**
 * `delete_message`.
 */
export interface DeleteMessage {
  id: string
}
export interface CollaborationTypingMessage {
  type: 'typing'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: Typing
}
/**
 * `typing`.
 */
export interface Typing {
  typing: boolean
}
export interface CollaborationRunStartedMessage {
  type: 'run_started'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RunStarted
}
/**
 * `run_started`: the sender has begun an execution at `/ws/query`; `share` lets the others watch it.
 */
export interface RunStarted {
  executionId: string
  query: string
  share?: string | null
  source?: string
}
export interface CollaborationRunProgressMessage {
  type: 'run_progress'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RunProgress
}
/**
 * `run_progress`: how far it is; `progress` is 0-100, None where the total is not known.
 */
export interface RunProgress {
  executionId: string
  rows?: number
  progress?: number | null
  step?: string | null
}
export interface CollaborationRunFinishedMessage {
  type: 'run_finished'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RunFinished
}
/**
 * `run_finished`: how it ended.
 */
export interface RunFinished {
  executionId: string
  status: 'cancelled' | 'completed' | 'failed'
  rows?: number
  elapsedMs?: number | null
  error?: string | null
}
export interface CollaborationConnectedEvent {
  type: 'connected'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerConnected
}
/**
 * `connected`: the first message. Intervals are in ms.
 */
export interface PeerConnected {
  connectionId: string
  serverTime: number
  heartbeatInterval: number
  heartbeatTimeout: number
}
export interface CollaborationCursorMovedEvent {
  type: 'cursor_moved'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: CursorMoved
}
/**
 * `cursor_moved`: a plain client's cursor, as it said it.
 */
export interface CursorMoved {
  cursor: unknown
  authorId: string
}
export interface CollaborationDisconnectedEvent {
  type: 'disconnected'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerDisconnected
}
/**
 * `disconnected`: sent before the server closes. `reconnect` says whether coming back makes sense.
 */
export interface PeerDisconnected {
  code: number
  reason: string
  reconnect: boolean
  retryAfterMs?: number | null
}
export interface CollaborationDocSavedEvent {
  type: 'doc_saved'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DocSaved
}
/**
 * `doc_saved`: the edit with that id is stored.
 */
export interface DocSaved {
  id: string | null
  seq: number
}
export interface CollaborationDocUpdateEvent {
  type: 'doc_update'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DocUpdated
}
/**
 * `doc_update`: changes of the document up to number `seq`.
 */
export interface DocUpdated {
  update: string
  seq: number
  authorIds: string[]
}
export interface CollaborationErrorEvent {
  type: 'error'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerError
}
/**
 * `error`: what was wrong with one message (whose `id` the envelope repeats), or with the connection.
 */
export interface PeerError {
  code: string
  message: string
  details?: {
    [k: string]: unknown
  }
}
export interface CollaborationParticipantJoinedEvent {
  type: 'participant_joined'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ParticipantJoined
}
/**
 * `participant_joined`: the first tab of somebody.
 */
export interface ParticipantJoined {
  participant: Participant
}
/**
 * A person in the session.
 */
export interface Participant {
  id: string
  name: string
  color: string
  colorLight: string
  role: 'editor' | 'owner' | 'viewer'
}
export interface CollaborationParticipantLeftEvent {
  type: 'participant_left'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ParticipantLeft
}
/**
 * `participant_left`: the last tab of somebody has gone.
 */
export interface ParticipantLeft {
  participantId: string
}
export interface CollaborationParticipantUpdatedEvent {
  type: 'participant_updated'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ParticipantUpdated
}
/**
 * `participant_updated`: another role or name.
 */
export interface ParticipantUpdated {
  participant: Participant
}
export interface CollaborationPongEvent {
  type: 'pong'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerPong
}
/**
 * `pong`: answers `ping`, with the server's clock in ms and the `timestamp` that the ping came with.
 */
export interface PeerPong {
  serverTime: number
  timestamp: number | null
}
export interface CollaborationQueryUpdatedEvent {
  type: 'query_updated'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: QueryUpdated
}
/**
 * `query_updated`: the text, for plain clients.
 */
export interface QueryUpdated {
  query: string
  authorId: string | null
  seq: number
}
export interface CollaborationRoleChangedEvent {
  type: 'role_changed'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RoleChanged
}
/**
 * `role_changed`: one's own role is another now.
 */
export interface RoleChanged {
  role: 'editor' | 'owner' | 'viewer'
}
export interface CollaborationRunCancelEvent {
  type: 'run_cancel'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RunCancel
}
/**
 * `run_cancel`: somebody wants it to end.
 */
export interface RunCancel {
  executionId: string
  number: number
  participantId: string
}
export interface CollaborationRunFinishedEvent {
  type: 'run_finished'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RunChanged
}
/**
 * `run_started` and `run_finished`.
 */
export interface RunChanged {
  run: Run
}
/**
 * One execution for everybody. `share` lets members attach to it at `/ws/query`.
 */
export interface Run {
  number: number
  executionId: string
  share: string | null
  query: string
  source: string
  startedBy: string | null
  startedByName: string
  status: 'cancelled' | 'completed' | 'failed' | 'running'
  rows: number
  progress: number | null
  step: string | null
  startedAt: number
  endedAt: number | null
  elapsedMs: number | null
  error: string | null
  cancelledBy: string | null
}
export interface CollaborationRunProgressEvent {
  type: 'run_progress'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RunProgressed
}
/**
 * `run_progress`.
 */
export interface RunProgressed {
  executionId: string
  number: number
  rows: number
  progress: number | null
  step: string | null
}
export interface CollaborationRunStartedEvent {
  type: 'run_started'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: RunChanged
}
export interface CollaborationSessionStateEvent {
  type: 'session_state'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: SessionState
}
/**
 * `session_state`: everything, on joining. `doc` is the whole document as a Yjs update in base64.
 */
export interface SessionState {
  session: SessionInfo
  you: string
  role: 'editor' | 'owner' | 'viewer'
  participants: Participant[]
  query: string
  queryAuthor: string | null
  chatMessages: ChatMessage[]
  chatMore: boolean
  unread: number
  readNumber: number
  doc: string
  docSeq: number
  runs: Run[]
  number: number
  typing: string[]
  cursors: {
    [k: string]: unknown
  }
  awareness: string | null
  limits: Limits
}
/**
 * What a session is called and about.
 */
export interface SessionInfo {
  id: string
  title: string
  archived: boolean
  context: {
    [k: string]: unknown
  } | null
}
/**
 * What a client should not try to pass: UTF-16 units, characters, bytes.
 */
export interface Limits {
  textLength: number
  messageLength: number
  updateBytes: number
}
export interface CollaborationSessionUpdatedEvent {
  type: 'session_updated'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: SessionUpdated
}
/**
 * `session_updated`: another title, archived, reopened.
 */
export interface SessionUpdated {
  session: SessionInfo
}
export interface CollaborationTypingEvent {
  type: 'typing'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: TypingChanged
}
/**
 * `typing`.
 */
export interface TypingChanged {
  participantId: string
  typing: boolean
}
export interface CollaborationTimelineEvent {
  type: 'timeline'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: TimelineAdded
}
/**
 * `timeline`: a new entry.
 */
export interface TimelineAdded {
  entry: TimelineEntry
}
/**
 * One thing that happened.
 */
export interface TimelineEntry {
  number: number
  kind: string
  actorId: string | null
  actorName: string
  timestamp: number
  data: {
    [k: string]: unknown
  }
}
/**
 * `config_changed`: an administrator edited `what`; `id` is the row, `timestamp` when.
 */
export interface ConfigChanged {
  what: string
  id: number | null
  timestamp: number
}
export interface ConfigChangedEvent {
  id: string
  type: 'config'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'config_changed'
  data: ConfigChanged
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `connected`: the first message on every accepted socket. Intervals are in ms; 0 attempts means unlimited.
 */
export interface ConnectedData {
  connectionId: string
  serverTime: number
  supportedTypes: string[]
  heartbeatInterval: number
  heartbeatTimeout: number
  maxReconnectAttempts: number
  protocolVersion: string
  supportedVersions: string[]
}
export interface ConnectedEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'connected'
  data: ConnectedData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `data_chunk`: at most 500 rows or 64 KiB, as arrays or objects.
 */
export interface DataChunk {
  executionId: string
  seq: number
  data: unknown[]
}
/**
 * `data_stream_complete`: every row was sent; `truncated` says which limit cut the rest off.
 */
export interface DataStreamComplete {
  executionId: string
  rows: number
  truncated: false | 'bytes' | 'rows'
}
/**
 * `data_stream_error`: no more rows will come.
 */
export interface DataStreamError {
  executionId: string
  error: string
}
/**
 * `data_stream_start`: the columns, before the first row.
 */
export interface DataStreamStart {
  executionId: string
  columns: ResultColumn[]
  totalRows: number | null
}
/**
 * A column of a result.
 */
export interface ResultColumn {
  name: string
  type: 'blob' | 'boolean' | 'datetime' | 'integer' | 'json' | 'real' | 'text' | 'unknown'
}
/**
 * `detach`: stop watching.
 */
export interface DetachQuery {
  executionId: string
}
/**
 * `disconnected`: sent before the server closes. `reconnect` says whether coming back makes sense.
 */
export interface DisconnectedData {
  code: number
  reason: string
  reconnect: boolean
  retryAfterMs?: number | null
}
export interface DisconnectedEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'disconnected'
  data: DisconnectedData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `error`: what was wrong with one message, or with the connection.
 */
export interface ErrorData {
  code: ErrorCode
  message: string
  details?: {
    [k: string]: unknown
  }
}
export interface ErrorEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'error'
  data: ErrorData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `execute_query`: run `query` on a source, null for the built-in history. `:name` is a parameter.
 */
export interface ExecuteQuery {
  query: string
  source?: number | null
  parameters?: {
    [k: string]: string | number | boolean | null
  } | null
  options?: QueryOptions | null
  clientId?: string | null
}
/**
 * How to run a query. `timeout_ms` and `max_rows` lower the server's limits, never raise them.
 */
export interface QueryOptions {
  rowFormat?: 'array' | 'object'
  countRows?: boolean
  timeoutMs?: number | null
  maxRows?: number | null
  source?: number | null
  parameters?: {
    [k: string]: string | number | boolean | null
  } | null
}
export interface HealthAlertEvent {
  id: string
  type: 'health'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'health_alert'
  data: AlertUpdate
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
export interface HealthRecoveryEvent {
  id: string
  type: 'health'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'health_recovery'
  data: AlertUpdate
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `history_data`: past entries of one type, oldest first.
 */
export interface HistoryData {
  type: string
  data: unknown[]
}
export interface HistoryDataEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'history_data'
  data: HistoryData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * Latencies of a period, in ms.
 */
export interface LatencyStats {
  avg: number
  p50: number
  p95: number
  p99: number
}
export interface MonitoringPingMessage {
  type: 'ping'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
}
export interface MonitoringClientMetricsMessage {
  type: 'client_metrics'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ClientMetrics
}
export interface MonitoringConnectedEvent {
  type: 'connected'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerConnected
}
export interface MonitoringDisconnectedEvent {
  type: 'disconnected'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerDisconnected
}
export interface MonitoringErrorEvent {
  type: 'error'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerError
}
export interface MonitoringPongEvent {
  type: 'pong'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerPong
}
/**
 * `pong`: answers `ping`.
 */
export interface PongData {
  timestamp: number
}
export interface PongEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'pong'
  data: PongData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `ack`: chunks up to `seq` were consumed.
 */
export interface QueryAck {
  executionId: string
  seq: number
}
export interface QueryAckMessage {
  type: 'ack'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: QueryAck
}
export interface QueryAttachMessage {
  type: 'attach'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: AttachQuery
}
export interface QueryCancelQueryMessage {
  type: 'cancel_query'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: CancelQuery
}
/**
 * `query_cancelled`.
 */
export interface QueryCancelled {
  executionId: string
  timestamp: number
  reason: 'admin' | 'disconnected' | 'replaced' | 'shutdown' | 'user'
  by?: string
}
export interface QueryCancelledEvent {
  type: 'query_cancelled'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: QueryCancelled
}
export interface QueryPingMessage {
  type: 'ping'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
}
export interface QueryExecuteQueryMessage {
  type: 'execute_query'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: ExecuteQuery
}
export interface QueryDetachMessage {
  type: 'detach'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DetachQuery
}
/**
 * `query_completed`.
 */
export interface QueryCompleted {
  executionId: string
  timestamp: number
  result: QueryResult
}
/**
 * What came of a query.
 */
export interface QueryResult {
  columns: ResultColumn[]
  rows: number
  truncated: false | 'bytes' | 'rows'
  elapsedMs: number
}
export interface QueryCompletedEvent {
  type: 'query_completed'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: QueryCompleted
}
export interface QueryConnectedEvent {
  type: 'connected'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerConnected
}
export interface QueryDataChunkEvent {
  type: 'data_chunk'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DataChunk
}
export interface QueryDataStreamCompleteEvent {
  type: 'data_stream_complete'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DataStreamComplete
}
export interface QueryDataStreamErrorEvent {
  type: 'data_stream_error'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DataStreamError
}
export interface QueryDataStreamStartEvent {
  type: 'data_stream_start'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: DataStreamStart
}
export interface QueryDisconnectedEvent {
  type: 'disconnected'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerDisconnected
}
/**
 * `query_error`; without `execution_id` the query was refused.
 */
export interface QueryError {
  executionId: string | null
  timestamp: number
  error: QueryProblem
  clientId?: string
}
/**
 * What went wrong; `position` is the character of the query, from 1, where it is known.
 */
export interface QueryProblem {
  code: string
  message: string
  position?: number
}
export interface QueryErrorEvent {
  type: 'query_error'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: QueryError
}
export interface QueryPeerErrorEvent {
  type: 'error'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerError
}
export interface QueryPongEvent {
  type: 'pong'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: PeerPong
}
/**
 * `query_progress`: at most every 100 ms. `progress` is 0-100, null where the total is not known.
 */
export interface QueryProgress {
  executionId: string
  progress: number | null
  step: 'counting' | 'queued' | 'running' | 'starting' | 'streaming'
  rows: number
  position?: number
}
export interface QueryProgressEvent {
  type: 'query_progress'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: QueryProgress
}
export interface QueryStartedEvent {
  type: 'query_started'
  /**
   * of a message; an answer repeats it
   */
  id?: string
  payload: QueryStarted
}
/**
 * `query_started`: before work begins, and first in answer to `attach`.
 */
export interface QueryStarted {
  executionId: string
  timestamp: number
  query: string
  source: number | null
  user: string
  queued: boolean
  attached: boolean
  clientId?: string
}
/**
 * Requests of a period.
 */
export interface RequestCounts {
  total: number
  success: number
  error: number
  perSecond: number
}
export interface SubscribedEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'subscribed'
  data: SubscribedData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `subscribed` and `unsubscribed`: all that is subscribed now.
 */
export interface SubscribedData {
  subscribed: string[]
  timestamp: number
}
export interface UnsubscribedEvent {
  id: string
  type: 'config' | 'error' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'unsubscribed'
  data: SubscribedData
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
export interface StatusUpdateEvent {
  id: string
  type: 'status'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'status_update'
  data: StatusUpdate
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `status_update`: sent on every tick; `changes` may be empty.
 */
export interface StatusUpdate {
  host: string
  status: SystemStatus
  changes: Change[]
  timestamp: number
}
export interface StatsUpdateEvent {
  id: string
  type: 'stats'
  /**
   * ms since the Unix epoch, when the frame was built
   */
  timestamp: number
  event: 'stats_update'
  data: StatsUpdate
  direction: 'server-to-client'
  /**
   * from 1.1 on
   */
  version?: string
  /**
   * from 1.1 on: data is base64 of a zlib stream
   */
  compressed?: boolean
  /**
   * from 1.1 on: replyTo, position, recovered
   */
  metadata?: {
    [k: string]: unknown
  }
}
/**
 * `stats_update`: every five seconds, one entry per period.
 */
export interface StatsUpdate {
  stats: SystemStats[]
}
/**
 * Request statistics of all processes over one period.
 */
export interface SystemStats {
  period: '15m' | '1h' | '1m' | '24h' | '5m'
  requests: RequestCounts
  latency: LatencyStats
  timestamp: number
}
