/** React hooks on the page's shared connection. */
export { type UseEndpointOptions, useConnection, useEndpoint } from './useEndpoint'
export { type UseHealthReturn, useHealth } from './useHealth'
export { type UseStatusReturn, useStatus } from './useStatus'
export { useStores } from './useStores'
export { type UseWebSocketOptions, type UseWebSocketReturn, useWebSocket } from './useWebSocket'
