import { useEffect, useState } from 'react'
import { rootFontSize } from '../charts/palette'

/** CSS pixels of 1 rem, fresh when the window's size changes it. */
export function useRootScale(): number {
  const [scale, setScale] = useState(rootFontSize)
  useEffect(() => {
    const resized = () => setScale(rootFontSize())
    addEventListener('resize', resized)
    return () => removeEventListener('resize', resized)
  }, [])
  return scale
}
