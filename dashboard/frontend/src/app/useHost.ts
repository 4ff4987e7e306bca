import { useCallback, useEffect, useState } from 'react'

function fromAddress(): string | null {
  return new URLSearchParams(location.search).get('host')
}

/** The host in the address bar (`?host=`), so that a view can be linked and the back button works. */
export function useHost(): [host: string | null, choose: (host: string) => void] {
  const [host, setHost] = useState(fromAddress)
  useEffect(() => {
    const back = () => setHost(fromAddress())
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [])
  const choose = useCallback((next: string) => {
    const url = new URL(location.href)
    url.searchParams.set('host', next)
    history.pushState(null, '', url)
    setHost(next)
  }, [])
  return [host, choose]
}

/** The host to show: the one asked for, else the server's own, else the first that is known. */
export function chooseHost(asked: string | null, own: string, known: readonly string[]): string {
  if (asked !== null) return asked
  if (known.includes(own) || known.length === 0) return own
  return known[0] as string
}
