const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Round local times from `min` to `max` (epoch ms), `step` ms apart. */
export function timeSplits(min: number, max: number, step: number): number[] {
  const splits: number[] = []
  let at = roundUp(min, step)
  while (at <= max && splits.length < 200) {
    splits.push(at)
    // Rounding again keeps days beginning at midnight over a change of the clocks.
    at = roundUp(at + step * 0.6, step)
  }
  return splits
}

function roundUp(time: number, step: number): number {
  const offset = new Date(time).getTimezoneOffset() * MINUTE
  const rounded = Math.ceil((time - offset) / step) * step + offset
  const after = new Date(rounded).getTimezoneOffset() * MINUTE
  return step < HOUR ? rounded : rounded + after - offset
}
