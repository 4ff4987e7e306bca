/** React hooks on the page's shared connection; the one for shared sessions is in `collaboration.ts`. */
export { ClientProvider, type ClientProviderProps } from './ClientProvider'
export { useConnectionQuality } from './useConnectionQuality'
export { type UseEndpointOptions, useConnection, useEndpoint } from './useEndpoint'
export { type UseHealthReturn, useHealth } from './useHealth'
export {
  QUERY_PATH,
  type UseQueryExecutionReturn,
  useExecution,
  useQueryExecution,
} from './useQueryExecution'
export { type RawConnectionState, type UseRawSocketReturn, useRawSocket } from './useRawSocket'
export { type UseStatsReturn, useStats } from './useStats'
export { type UseStatusReturn, useStatus } from './useStatus'
export { useStores } from './useStores'
export { type StreamingData, type UseStreamingDataReturn, useStreamingData } from './useStreamingData'
export { type UseThrottledWebSocketReturn, useThrottledWebSocket } from './useThrottledWebSocket'
export { type UseWebSocketOptions, type UseWebSocketReturn, useWebSocket } from './useWebSocket'
