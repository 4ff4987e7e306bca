/** React hooks on the page's shared connection. */

export { type UseCollaborativeSessionReturn, useCollaborativeSession } from './useCollaborativeSession'
export { type UseEndpointOptions, useConnection, useEndpoint } from './useEndpoint'
export { type UseHealthReturn, useHealth } from './useHealth'
export {
  QUERY_PATH,
  type UseQueryExecutionReturn,
  useExecution,
  useQueryExecution,
} from './useQueryExecution'
export { type UseStatusReturn, useStatus } from './useStatus'
export { useStores } from './useStores'
export { type StreamingData, type UseStreamingDataReturn, useStreamingData } from './useStreamingData'
export { type UseWebSocketOptions, type UseWebSocketReturn, useWebSocket } from './useWebSocket'
