// Generated from protocol.schema.json by `npm run generate`: do not edit.
// Times are milliseconds since the Unix epoch unless a field says otherwise.

export type ClientMessage =
  SubscribeMessage | UnsubscribeMessage | PingMessage | GetHistoryMessage | AckMessage
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
  AlertUpdate?: AlertUpdate
  BatchUpdateData?: BatchUpdateData
  BatchUpdateEvent?: BatchUpdateEvent
  BatchedEvent?: BatchedEvent
  Change?: Change
  ClientMessage?: ClientMessage
  ClientMetrics?: ClientMetrics
  ConfigChanged?: ConfigChanged
  ConfigChangedEvent?: ConfigChangedEvent
  ConnectedData?: ConnectedData
  ConnectedEvent?: ConnectedEvent
  DisconnectedData?: DisconnectedData
  DisconnectedEvent?: DisconnectedEvent
  ErrorCode?: ErrorCode
  ErrorData?: ErrorData
  ErrorEvent?: ErrorEvent
  Filter?: Filter
  GetHistoryMessage?: GetHistoryMessage
  GetHistoryPayload?: GetHistoryPayload
  HealthAlert?: HealthAlert
  HealthAlertEvent?: HealthAlertEvent
  HealthRecoveryEvent?: HealthRecoveryEvent
  HistoryData?: HistoryData
  HistoryDataEvent?: HistoryDataEvent
  LatencyStats?: LatencyStats
  MonitoringClientMessage?: MonitoringClientMessage
  MonitoringClientMetricsMessage?: MonitoringClientMetricsMessage
  MonitoringConnectedEvent?: MonitoringConnectedEvent
  MonitoringDisconnectedEvent?: MonitoringDisconnectedEvent
  MonitoringErrorEvent?: MonitoringErrorEvent
  MonitoringPingMessage?: MonitoringPingMessage
  MonitoringPongEvent?: MonitoringPongEvent
  MonitoringServerMessage?: MonitoringServerMessage
  PeerConnected?: PeerConnected
  PeerDisconnected?: PeerDisconnected
  PeerError?: PeerError
  PeerPong?: PeerPong
  PingMessage?: PingMessage
  PongData?: PongData
  PongEvent?: PongEvent
  Process?: Process
  RequestCounts?: RequestCounts
  ServerMessage?: ServerMessage
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
  UnsubscribeMessage?: UnsubscribeMessage
  UnsubscribePayload?: UnsubscribePayload
  UnsubscribedEvent?: UnsubscribedEvent
}
export interface AckMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
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
  details?: {}
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
  metadata?: {}
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
export interface SubscribeMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
  action: 'subscribe'
  payload: SubscribePayload
}
/**
 * `subscribe`: adds `types` to what is subscribed; subscribing again changes the options. `throttle_ms` is the least time between two frames of a type, 0-60,000 ms. `since` maps a type to the position to resume after. `history` is how many past entries `history_data` brings, 0-100. `compress` (from 1.1 on) lets large data come as base64 of its zlib stream, marked `compressed: true`.
 */
export interface SubscribePayload {
  /**
   * @minItems 1
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
  action: 'unsubscribe'
  payload: UnsubscribePayload
}
/**
 * `unsubscribe`: takes `types` away; types that were not subscribed are ignored.
 */
export interface UnsubscribePayload {
  /**
   * @minItems 1
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
  action: 'ping'
}
export interface GetHistoryMessage {
  id?: string
  type: 'config' | 'health' | 'stats' | 'status' | 'system'
  /**
   * ms since the Unix epoch
   */
  timestamp?: number
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
  metadata?: {}
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
  metadata?: {}
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
  metadata?: {}
}
/**
 * `error`: what was wrong with one message, or with the connection.
 */
export interface ErrorData {
  code: ErrorCode
  message: string
  details?: {}
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
  metadata?: {}
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
  metadata?: {}
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
  metadata?: {}
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
  metadata?: {}
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
/**
 * `connected`: the first message. Intervals are in ms.
 */
export interface PeerConnected {
  connectionId: string
  serverTime: number
  heartbeatInterval: number
  heartbeatTimeout: number
}
export interface MonitoringDisconnectedEvent {
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
export interface MonitoringErrorEvent {
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
  details?: {}
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
 * `pong`: answers `ping`, with the server's clock in ms and the `timestamp` that the ping came with.
 */
export interface PeerPong {
  serverTime: number
  timestamp: number | null
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
  metadata?: {}
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
  metadata?: {}
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
  metadata?: {}
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
  metadata?: {}
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
  metadata?: {}
}
/**
 * `stats_update`: every five seconds, one entry per period.
 */
export interface StatsUpdate {
  stats: SystemStats[]
}
/**
 * Request statistics of the web process that the socket is on, over one period.
 */
export interface SystemStats {
  period: '15m' | '1h' | '1m' | '24h' | '5m'
  requests: RequestCounts
  latency: LatencyStats
  timestamp: number
}
