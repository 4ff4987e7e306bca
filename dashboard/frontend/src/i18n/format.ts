/** Numbers, sizes and times as people read them. All functions of one language hang on one `Formatter`. */

export type Locale = 'en' | 'zh-Hans'

const BYTE_UNITS = {
  binary: { step: 1_024, names: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] },
  decimal: { step: 1_000, names: ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] },
}

/** A number and its unit apart, so that they can be set in different sizes. */
export interface Quantity {
  number: string
  unit: string
}

const UNITS: Record<Locale, { d: string; h: string; m: string; s: string; gap: string }> = {
  en: { d: 'd', h: 'h', m: 'm', s: 's', gap: '' },
  'zh-Hans': { d: '天', h: '时', m: '分', s: '秒', gap: ' ' },
}

/** What stands where nothing is known. */
export const UNKNOWN = '–'

export class Formatter {
  private readonly numbers = new Map<string, Intl.NumberFormat>()
  private readonly relative: Intl.RelativeTimeFormat
  private readonly clock: Intl.DateTimeFormat
  private readonly moment: Intl.DateTimeFormat
  private readonly second: Intl.DateTimeFormat

  constructor(
    readonly locale: Locale,
    timeZone?: string,
    private readonly byteUnits: 'binary' | 'decimal' = 'binary',
  ) {
    const zone = timeZone === undefined ? {} : { timeZone }
    const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
    this.relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' })
    this.clock = new Intl.DateTimeFormat(locale, { ...time, ...zone })
    this.second = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', ...time, ...zone })
    this.moment = new Intl.DateTimeFormat(locale, {
      dateStyle: 'medium',
      timeStyle: 'short',
      hourCycle: 'h23',
      ...zone,
    })
  }

  /** A fixed number of digits after the point, so that a changing number keeps its width. */
  number(value: number | null | undefined, digits = 0): string {
    if (value == null || !Number.isFinite(value)) return UNKNOWN
    return this.digits(digits, 'auto').format(value)
  }

  /** With its sign, an even 0 without one. */
  signed(value: number, digits = 1): string {
    return this.digits(digits, 'exceptZero').format(value)
  }

  percent(value: number | null | undefined, digits = 1): string {
    const text = this.number(value, digits)
    return text === UNKNOWN ? text : `${text}%`
  }

  /** Steps of 1,024 or of 1,000 as was chosen; three significant digits or so. */
  bytes(value: number | null | undefined): string {
    if (value == null || !Number.isFinite(value)) return UNKNOWN
    const { number, unit } = this.byteQuantity(value)
    return `${number} ${unit}`
  }

  byteQuantity(value: number): Quantity {
    let scaled = Math.max(0, value)
    let index = 0
    const { step, names } = BYTE_UNITS[this.byteUnits]
    while (scaled >= 999.5 && index < names.length - 1) {
      scaled /= step
      index += 1
    }
    const digits = index === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2
    return { number: this.number(scaled, digits), unit: names[index] as string }
  }

  /** Bytes per second. */
  rate(value: number | null | undefined): string {
    const text = this.bytes(value)
    return text === UNKNOWN ? text : `${text}/s`
  }

  /** The two largest units of a length of time in seconds: 3d 4h, 12m 5s, 5m. */
  duration(seconds: number): string {
    const parts = this.durationParts(seconds)
    return parts
      .filter(({ number }, index) => index === 0 || number !== '0')
      .map(({ number, unit }) => `${number}${this.units.gap}${unit}`)
      .join(' ')
  }

  durationParts(seconds: number): Quantity[] {
    const whole = Math.max(0, Math.floor(seconds))
    const { d, h, m, s } = this.units
    const parts: [number, string][] = [
      [Math.floor(whole / 86_400), d],
      [Math.floor(whole / 3_600) % 24, h],
      [Math.floor(whole / 60) % 60, m],
      [whole % 60, s],
    ]
    const first = parts.findIndex(([value]) => value > 0)
    const from = first < 0 ? parts.length - 1 : first
    return parts.slice(from, from + 2).map(([value, unit]) => ({ number: this.number(value), unit }))
  }

  /** "12 s ago", from the length of time in ms since then. */
  ago(elapsedMs: number): string {
    const seconds = Math.max(0, Math.round(elapsedMs / 1_000))
    if (seconds < 60) return this.relative.format(-seconds, 'second')
    if (seconds < 3_600) return this.relative.format(-Math.floor(seconds / 60), 'minute')
    if (seconds < 86_400) return this.relative.format(-Math.floor(seconds / 3_600), 'hour')
    return this.relative.format(-Math.floor(seconds / 86_400), 'day')
  }

  /** 14:03:27, from epoch ms. */
  time(at: number): string {
    return this.clock.format(at)
  }

  /** Short names of the days, Monday first. */
  weekdays(): string[] {
    const name = new Intl.DateTimeFormat(this.locale, { weekday: 'short', timeZone: 'UTC' })
    // 1 January 2024 was a Monday.
    return Array.from({ length: 7 }, (_, day) => name.format(Date.UTC(2024, 0, 1 + day)))
  }

  /** Day, and time to the second, from epoch ms. */
  dateTimeSeconds(at: number): string {
    return this.second.format(at)
  }

  /** Day and time, from epoch ms. */
  dateTime(at: number): string {
    return this.moment.format(at)
  }

  private get units() {
    return UNITS[this.locale]
  }

  private digits(digits: number, signDisplay: 'auto' | 'exceptZero'): Intl.NumberFormat {
    const key = `${digits}${signDisplay}`
    let format = this.numbers.get(key)
    if (!format) {
      format = new Intl.NumberFormat(this.locale, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        signDisplay,
      })
      this.numbers.set(key, format)
    }
    return format
  }
}
