import type { History } from '../client/api'

/** What a chart can show; percentages 0-100, throughputs bytes/s, temperature °C. */
export const METRICS = [
  'cpuUsage',
  'memoryUsage',
  'diskUsage',
  'activeConnections',
  'load1',
  'swapUsage',
  'networkReceived',
  'networkSent',
  'diskRead',
  'diskWritten',
  'temperature',
] as const

export type Metric = (typeof METRICS)[number]

/** Request statistics: rates per second, latencies in ms. */
export const STATS_METRICS = ['perSecond', 'errorsPerSecond', 'p50', 'p95', 'p99'] as const

export type StatsMetric = (typeof STATS_METRICS)[number]

/** One sample: when, epoch ms, and what is known. */
export type Reading<M extends string> = { timestamp: number } & { [name in M]?: number | null | undefined }

/** Most samples kept: five minutes at 12 Hz. */
export const RING_CAPACITY = 3_600
/** How far back samples are kept, ms: the charts' five minutes and a little to draw in from the left. */
export const RING_RETENTION_MS = 310_000
const FIRST_ALLOCATION = 512
/** How many of the last gaps say what is usual; with fewer than the least nothing is. */
const USUAL_OF = 15
const USUAL_LEAST = 5

/**
 * The last samples of one host in columns, ascending in time and each time once.
 *
 * Columns are contiguous, so that a chart can read them without a copy; `NaN` is "not known". Appending costs O(1)
 * on average, a sample that comes late O(n).
 */
export class Ring<M extends string = Metric> {
  /** Counts changes, so that a reader sees whether there is anything new. */
  version = 0
  private start = 0
  private end = 0
  private times = new Float64Array(FIRST_ALLOCATION)
  private columns: Float64Array[]

  /**
   * @param metrics names of the columns.
   * @param changed called after each change.
   */
  constructor(
    private readonly metrics: readonly M[],
    private readonly capacity = RING_CAPACITY,
    private readonly retentionMs = RING_RETENTION_MS,
    private readonly changed: () => void = () => undefined,
  ) {
    this.columns = metrics.map(() => new Float64Array(FIRST_ALLOCATION))
  }

  get length(): number {
    return this.end - this.start
  }

  /** Epoch ms of all samples; valid until the next change. */
  time(): Float64Array {
    return this.times.subarray(this.start, this.end)
  }

  /** Values of one metric, beside `time()`; valid until the next change. */
  column(metric: M): Float64Array {
    const column = this.columns[this.metrics.indexOf(metric)] as Float64Array
    return column.subarray(this.start, this.end)
  }

  /** Epoch ms of the newest sample, null when empty. */
  last(): number | null {
    return this.length > 0 ? (this.times[this.end - 1] as number) : null
  }

  /** Takes in one sample. Returns false when its time is known already or too old to keep. */
  push(sample: Reading<M>): boolean {
    return this.insert(sample.timestamp, (metric) => sample[metric])
  }

  /** Takes in samples in any order. Returns how many were new. */
  merge(samples: readonly Reading<M>[]): number {
    let added = 0
    for (const sample of samples) if (this.push(sample)) added += 1
    return added
  }

  /**
   * Takes in the averages of those buckets in which there is no sample yet: buckets start on round times, samples do
   * not, so comparing times would show the same reading twice. Returns how many were taken.
   */
  fill(history: History): number {
    const fresh = history.timestamps
      .map((time, row) => ({ time, row }))
      .filter(({ time }) => !this.holds(time, time + history.stepMs))
    let added = 0
    for (const { time, row } of fresh) {
      if (this.insert(time, (metric) => history.series[metric]?.avg[row])) added += 1
    }
    return added
  }

  /**
   * Usual time between two samples, ms: the median of the last gaps; 0 while there are too few to tell. A host may push
   * once in ten seconds, and that is no hole.
   */
  usualGap(): number {
    const gaps: number[] = []
    for (let at = Math.max(this.start + 1, this.end - USUAL_OF); at < this.end; at += 1)
      gaps.push((this.times[at] as number) - (this.times[at - 1] as number))
    if (gaps.length < USUAL_LEAST) return 0
    return gaps.sort((a, b) => a - b)[gaps.length >> 1] as number
  }

  /** Index of the first sample at or after `time`. */
  indexOf(time: number): number {
    return this.search(time) - this.start
  }

  private holds(from: number, to: number): boolean {
    const at = this.search(from)
    return at < this.end && (this.times[at] as number) < to
  }

  private insert(time: number, value: (metric: M) => number | null | undefined): boolean {
    const newest = this.last()
    if (newest !== null && time < newest - this.retentionMs) return false
    const late = newest !== null && time <= newest
    if (late) {
      const at = this.search(time)
      if (this.times[at] === time || (this.length >= this.capacity && at === this.start)) return false
    }
    this.makeRoom()
    const at = late ? this.search(time) : this.end
    if (late) this.shift(at)
    this.times[at] = time
    this.metrics.forEach((metric, index) => {
      const column = this.columns[index] as Float64Array
      column[at] = value(metric) ?? Number.NaN
    })
    this.end += 1
    this.trim()
    this.version += 1
    this.changed()
    return true
  }

  private search(time: number): number {
    let low = this.start
    let high = this.end
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.times[middle] as number) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  private shift(at: number): void {
    this.times.copyWithin(at + 1, at, this.end)
    for (const column of this.columns) column.copyWithin(at + 1, at, this.end)
  }

  private trim(): void {
    const oldest = (this.times[this.end - 1] as number) - this.retentionMs
    while ((this.times[this.start] as number) < oldest || this.length > this.capacity) this.start += 1
  }

  /** Makes place for one more: by moving all to the front, or by doubling where that would gain little. */
  private makeRoom(): void {
    if (this.end < this.times.length) return
    const size = this.length * 2 > this.times.length ? this.times.length * 2 : this.times.length
    const move = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(size)
      to.set(from.subarray(this.start, this.end))
      return to
    }
    this.columns = this.columns.map(move)
    this.times = move(this.times)
    this.end -= this.start
    this.start = 0
  }
}

/** The rings of all hosts. */
export class Rings {
  private readonly byHost = new Map<string, Ring>()
  /** Presence's own request statistics. */
  readonly stats: Ring<StatsMetric>

  /** @param changed called after each change of any ring. */
  constructor(private readonly changed: () => void = () => undefined) {
    this.stats = new Ring(STATS_METRICS, RING_CAPACITY, RING_RETENTION_MS, changed)
  }

  of(host: string): Ring {
    let ring = this.byHost.get(host)
    if (!ring) {
      ring = new Ring(METRICS, RING_CAPACITY, RING_RETENTION_MS, this.changed)
      this.byHost.set(host, ring)
    }
    return ring
  }
}
