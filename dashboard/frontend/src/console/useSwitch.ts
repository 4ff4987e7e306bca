import { useState } from 'react'
import { readSetting, writeSetting } from '../app/settings'

/** A choice of whoever sits at this browser, off at first. */
export function useSwitch(name: string): [on: boolean, set: (on: boolean) => void] {
  const [on, setOn] = useState(() => readSetting(name) === 'yes')
  const set = (next: boolean) => {
    writeSetting(name, next ? 'yes' : 'no')
    setOn(next)
  }
  return [on, set]
}
