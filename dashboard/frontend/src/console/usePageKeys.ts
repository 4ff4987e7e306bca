import { useEffect, useRef } from 'react'

export interface PageKeys {
  /** Ctrl+Enter or Cmd+Enter, wherever the focus is. */
  run: () => void
  /** Escape, where it closes nothing else. Returns whether there was something to cancel. */
  cancel: () => boolean
}

/** Keys that work anywhere on the page. */
export function usePageKeys(keys: PageKeys): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('dialog[open]')) return
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        latest.current.run()
      } else if (event.key === 'Escape' && latest.current.cancel()) event.preventDefault()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
