import { type ReactNode, useMemo } from 'react'
import { Api } from '../client/api'
import { ClientProvider } from '../client/react'
import { defaultUrl, sharedClient } from '../client/shared'

/** Lets what is below it look through the addresses for strangers, whoever may be signed in. */
export function PublicProvider({ children }: { children: ReactNode }) {
  const client = useMemo(() => sharedClient({ url: defaultUrl('/ws/public') }), [])
  const api = useMemo(() => new Api({ base: '/api/v1/public' }), [])
  return (
    <ClientProvider client={client} api={api}>
      {children}
    </ClientProvider>
  )
}
