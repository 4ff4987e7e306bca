import { use, useEffect, useMemo } from 'react'
import { type Stores, storesFor } from '../../store'
import { defaultUrl, holdClient, sharedClient } from '../shared'
import { StoresContext } from './ClientProvider'

/**
 * The page's shared connection with its stores, held while the component lives. It does not connect.
 *
 * @param url another endpoint than that of the provider above, or of the page's own server.
 */
export function useStores(url?: string): Stores {
  const provided = use(StoresContext)
  const stores = useMemo(() => {
    const wanted = url === undefined || url === provided?.client.options.url ? provided : null
    return wanted ?? storesFor(sharedClient({ url: url ?? defaultUrl() }))
  }, [provided, url])
  useEffect(() => holdClient(stores.client), [stores])
  return stores
}
