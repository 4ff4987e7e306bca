import { useMemo } from 'react'
import { SessionsApi } from '../client/collab/api'
import { useStores } from '../client/react'

export function useSessions(): SessionsApi {
  const { api } = useStores()
  return useMemo(() => new SessionsApi(api), [api])
}
