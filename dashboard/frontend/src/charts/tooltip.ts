import type uPlot from 'uplot'
import type { Formatter } from '../i18n/format'
import { type ChartSpec, formatValue } from './specs'

export interface TooltipRow {
  label: string
  /** Which series' colour, from 1. */
  key: number
  dashed?: boolean
  text: (data: uPlot.AlignedData, row: number) => string
}

/** One row for each series of a chart of single values. */
export function seriesRows(spec: ChartSpec, labels: readonly string[], format: Formatter): TooltipRow[] {
  return labels.map((label, index) => ({
    label,
    key: index + 1,
    text: (data, row) => formatValue(format, spec.unit, data[index + 1]?.[row]),
  }))
}

/** The box beside the crosshair: the time, and each series with its value. */
export class Tooltip {
  private readonly box = document.createElement('div')
  private readonly time = document.createElement('div')
  private readonly values: HTMLElement[] = []

  constructor(
    private readonly rows: readonly TooltipRow[],
    private readonly formatTime: (at: number) => string,
  ) {
    this.box.className = 'tooltip'
    this.time.className = 'tooltip-time'
    this.box.hidden = true
    this.box.append(this.time)
    for (const { label, key, dashed } of rows) {
      const row = document.createElement('div')
      row.className = 'tooltip-row'
      const mark = document.createElement('span')
      mark.className = `key key-${key}${dashed ? ' key-dashed' : ''}`
      const name = document.createElement('span')
      name.textContent = label
      const value = document.createElement('b')
      row.append(mark, name, value)
      this.values.push(value)
      this.box.append(row)
    }
  }

  attach(plot: uPlot): void {
    plot.over.append(this.box)
  }

  update(plot: uPlot): void {
    const { left, idx } = plot.cursor
    const at = idx == null ? undefined : plot.data[0][idx]
    this.box.hidden = left === undefined || left < 0 || at === undefined
    if (this.box.hidden || idx == null || at === undefined || left === undefined) return
    this.time.textContent = this.formatTime(at)
    this.rows.forEach(({ text }, index) => {
      const cell = this.values[index]
      if (cell) cell.textContent = text(plot.data, idx)
    })
    this.box.classList.toggle('tooltip-left', left > plot.over.clientWidth * 0.45)
    this.box.style.left = `${left}px`
  }
}
