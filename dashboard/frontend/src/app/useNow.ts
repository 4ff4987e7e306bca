import { useEffect, useState } from 'react'

/** Local epoch ms, fresh every `every` ms as long as `active`. */
export function useNow(every: number, active = true): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!active) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), every)
    return () => clearInterval(timer)
  }, [every, active])
  return now
}
