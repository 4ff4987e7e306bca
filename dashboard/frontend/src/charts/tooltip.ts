import type uPlot from 'uplot'
import type { Formatter } from '../i18n/format'
import { type ChartSpec, formatValue } from './specs'

/** The box beside the crosshair: the time, and each series with its value. */
export class Tooltip {
  private readonly box = document.createElement('div')
  private readonly time = document.createElement('div')
  private readonly values: HTMLElement[] = []

  constructor(
    private readonly spec: ChartSpec,
    labels: readonly string[],
    private readonly format: Formatter,
  ) {
    this.box.className = 'tooltip'
    this.time.className = 'tooltip-time'
    this.box.hidden = true
    this.box.append(this.time)
    labels.forEach((label, index) => {
      const row = document.createElement('div')
      row.className = 'tooltip-row'
      const key = document.createElement('span')
      key.className = `key key-${index + 1}`
      const name = document.createElement('span')
      name.textContent = label
      const value = document.createElement('b')
      row.append(key, name, value)
      this.values.push(value)
      this.box.append(row)
    })
  }

  attach(plot: uPlot): void {
    plot.over.append(this.box)
  }

  update(plot: uPlot): void {
    const { left, idx } = plot.cursor
    const at = idx == null ? undefined : plot.data[0][idx]
    this.box.hidden = left === undefined || left < 0 || at === undefined
    if (this.box.hidden || idx == null || at === undefined || left === undefined) return
    this.time.textContent = this.format.time(at)
    this.values.forEach((cell, index) => {
      const value = plot.data[index + 1]?.[idx]
      cell.textContent = formatValue(this.format, this.spec.unit, value)
    })
    const rightHalf = left > plot.over.clientWidth / 2
    this.box.classList.toggle('tooltip-left', rightHalf)
    this.box.style.left = `${left}px`
  }
}
