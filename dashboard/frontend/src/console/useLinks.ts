import { useEffect, useRef } from 'react'

/** What a link to the console asks for; secrets stay in the fragment, which no server ever sees. */
export interface Asked {
  /** An execution to watch. */
  run: { id: string; share: string | undefined } | null
  /** A saved query, by its share. */
  saved: string | null
}

export function readFragment(hash: string): Asked {
  const values = new URLSearchParams(hash.replace(/^#/, ''))
  const id = values.get('run')
  return { run: id ? { id, share: values.get('share') ?? undefined } : null, saved: values.get('saved') }
}

/** Calls `open` for the fragment of the address, now and when it changes, and takes it out of the address bar. */
export function useLinks(open: (asked: Asked) => void): void {
  const latest = useRef(open)
  useEffect(() => {
    latest.current = open
  })
  useEffect(() => {
    const read = () => {
      const asked = readFragment(location.hash)
      if (!asked.run && !asked.saved) return
      history.replaceState(history.state, '', location.pathname + location.search)
      latest.current(asked)
    }
    read()
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])
}
