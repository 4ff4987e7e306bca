import { useCallback, useEffect, useState } from 'react'

const SHOWN_MS = 3_000

/** A sentence that goes away by itself; empty when there is none. */
export function useNotice(): [notice: string, say: (text: string) => void] {
  const [notice, setNotice] = useState({ text: '', serial: 0 })
  useEffect(() => {
    if (notice.text === '') return
    const timer = setTimeout(() => setNotice({ text: '', serial: 0 }), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [notice])
  const say = useCallback((text: string) => setNotice(({ serial }) => ({ text, serial: serial + 1 })), [])
  return [notice.text, say]
}
