import { useEffect, useState } from 'react'
import { readSetting, writeSetting } from '../app/settings'

const NAME = 'console.draft'
const FIRST = `SELECT host, time, cpu_usage, memory_usage
FROM status_history
ORDER BY timestamp DESC
LIMIT 100`
const WRITE_AFTER_MS = 400

/** What was last written in the console of this browser, kept while people type. */
export function useDraft(): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(() => readSetting(NAME) || FIRST)
  useEffect(() => {
    const timer = setTimeout(() => writeSetting(NAME, text), WRITE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [text])
  return [text, setText]
}
