import { createContext, type ReactNode, useEffect, useMemo } from 'react'
import { type Stores, storesFor } from '../../store'
import type { Api } from '../api'
import type { PresenceClient } from '../client'
import { holdClient } from '../shared'

/** The stores that the hooks below use; null: those of the page's own server. */
export const StoresContext = createContext<Stores | null>(null)

export interface ClientProviderProps {
  /** What the hooks below use instead of the page's own server, for instance a client with a token. */
  client: PresenceClient
  /** The HTTP API beside it; by default that of the server which the client connects to, with its token. */
  api?: Api
  children: ReactNode
}

/**
 * Lets every hook below it use another server or another endpoint: paths of endpoints, too, are those of that server, and
 * the client's token goes with them. The last provider to go ends the connection.
 */
export function ClientProvider({ client, api, children }: ClientProviderProps) {
  const stores = useMemo(() => storesFor(client, api), [client, api])
  useEffect(() => holdClient(client), [client])
  return <StoresContext value={stores}>{children}</StoresContext>
}
