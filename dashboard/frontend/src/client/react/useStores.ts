import { useEffect, useMemo } from 'react'
import { type Stores, storesFor } from '../../store'
import { defaultUrl, holdClient, sharedClient } from '../shared'

/** The page's shared connection to `url` with its stores, held while the component lives. It does not connect. */
export function useStores(url: string = defaultUrl()): Stores {
  const client = useMemo(() => sharedClient({ url }), [url])
  useEffect(() => holdClient(client), [client])
  return storesFor(client)
}
