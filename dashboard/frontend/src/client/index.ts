/** The client SDK of Presence: no framework, no globals besides `WebSocket` and `fetch`. */

export type { ApiOptions, Preferences } from './api'
export { Api, type History, type HostSummary, type Rule, type Session, type SessionUser } from './api'
export { backoffDelay, DEFAULT_BACKOFF } from './backoff'
export {
  type Gap,
  type HistoryEntries,
  PresenceClient,
  type PresenceClientOptions,
  type PresenceEvents,
} from './client'
export type {
  ConnectionSnapshot,
  ConnectionState,
  LifecycleEvents,
  Reconnecting,
} from './connection'
export type { EndpointMessage } from './dialect'
export {
  EndpointClient,
  type EndpointClientOptions,
  type EndpointEvents,
  type OutgoingMessage,
  type SendOptions,
} from './endpoint'
export { ApiError, CLOSE, PresenceError } from './errors'
export type { SocketOptions, TokenSource } from './live'
export type { ClientFrame, FrameMetadata, ServerEvents, ServerFrame, Topic } from './messages'
export type * from './protocol'
export {
  type ConnectionQuality,
  QualityMonitor,
  type QualityOptions,
  qualityMonitor,
  type Stability,
  stabilityOf,
} from './quality'
export { reportQuality } from './reporter'
export type { RequestOptions } from './requests'
export { type RetryReason, retryReason, retryReasonText } from './retryReason'
export { browserRuntime, newId, type Runtime, type SocketLike } from './runtime'
export { defaultUrl, holdClient, sharedClient, sharedEndpoint } from './shared'
export type { SocketFigures } from './socketMetrics'
export type { SubscribeOptions } from './subscriptions'
