import { createStore } from 'zustand/vanilla'
import { readSetting, writeSetting } from '../app/settings'
import type { HealthAlert } from '../client/protocol'

/** How this browser calls for attention: choices of whoever sits at it. */
export interface Attention {
  notify: boolean
  sound: boolean
}

export const attention = createStore<Attention>(() => ({
  notify: readSetting('notify') === 'yes',
  sound: readSetting('sound') === 'yes',
}))

export function setAttention(change: Partial<Attention>): void {
  attention.setState(change)
  for (const [name, value] of Object.entries(change)) writeSetting(name, value ? 'yes' : 'no')
}

/** Tabs that hear of an alert at the same moment look this long after each other at the latest, ms. */
const SPREAD_MS = 200
/** So long a tab in the background waits for one that is being looked at, ms. */
const BEHIND_MS = 400
const KEPT = 50
const TOLD = 'told'

/**
 * Calls `tell` in one of the tabs that hear of the same alert.
 *
 * The first to note the alert in what the tabs share tells it; one that is being looked at goes before those in the
 * background. Where the browser has locks, noting is one step for all; where it has none (over plain HTTP), tabs wait
 * a random moment, so that they hardly ever meet.
 */
export async function tellOnce(alert: HealthAlert, tell: () => void): Promise<void> {
  const claim = () => {
    const key = `${alert.id}:${alert.state}:${alert.level}:${alert.timestamp}`
    const told = (readSetting(TOLD) ?? '').split(' ').filter(Boolean)
    if (told.includes(key)) return
    writeSetting(TOLD, [...told, key].slice(-KEPT).join(' '))
    tell()
  }
  const wait = (document.hidden ? BEHIND_MS : 0) + (navigator.locks ? 0 : Math.random() * SPREAD_MS)
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
  if (navigator.locks) await navigator.locks.request('presence-told', claim)
  else claim()
}

let audio: AudioContext | null = null

/** Two short tones, lower for what is over. Browsers allow it after the first click on the page. */
export function playTone(recovered: boolean): void {
  audio ??= new AudioContext()
  const { currentTime, destination } = audio
  const tones = recovered ? [660, 440] : [740, 990]
  tones.forEach((frequency, index) => {
    if (!audio) return
    const start = currentTime + index * 0.16
    const oscillator = new OscillatorNode(audio, { frequency })
    const gain = new GainNode(audio, { gain: 0 })
    gain.gain.setValueAtTime(0, start)
    gain.gain.linearRampToValueAtTime(0.12, start + 0.02)
    gain.gain.linearRampToValueAtTime(0, start + 0.15)
    oscillator.connect(gain).connect(destination)
    oscillator.start(start)
    oscillator.stop(start + 0.16)
  })
}
