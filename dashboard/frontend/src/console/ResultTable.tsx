// biome-ignore-all lint/a11y/useSemanticElements: a table that draws only the rows in sight is no <table>.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell.
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useRootScale } from '../app/useRootScale'
import { type Cell, cellText } from '../client/query/cells'
import type { Rows } from '../client/query/rows'
import { useLanguage } from '../i18n'
import { cellClass, columnWidths, isNumeric, timeOf } from './columns'
import { type CopyFormat, tableText, tsvCell } from './copy'
import { moved, type Place, type Selection, selectionOf } from './selection'
import { type SortedRows, useSortedRows } from './useSortedRows'

export interface TableHandle {
  /** What is selected, or null. A single cell comes without quotes. */
  selectedText(): string | null
  /** The rows of the selection, whole. */
  rowsText(): string | null
  allText(format: CopyFormat): string
}

export interface ResultTableProps {
  handle: RefObject<TableHandle | null>
  rows: Rows
  version: number
  completed: boolean
  onCopy: () => void
}

const ROW_REM = 1.75
const HEAD_REM = 2.25

/** A result as a grid that draws only what is seen: 100,000 rows scroll as ten do. */
export function ResultTable({ handle, rows, version, completed, onCopy }: ResultTableProps) {
  const { t, format } = useLanguage()
  const scroller = useRef<HTMLDivElement>(null)
  const sorted = useSortedRows(rows, version, completed)
  const [selection, setSelection] = useState<Selection | null>(null)
  const scale = useRootScale()
  const rowHeight = ROW_REM * scale
  const headHeight = HEAD_REM * scale
  const columns = rows.columns
  const sampled = Math.min(rows.length, 200)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first rows decide; later ones change no width.
  const widths = useMemo(() => columnWidths(columns, rows.all), [columns, rows, sampled])
  const template = `4.5rem ${widths.map((width) => `${width}ch`).join(' ')} 1fr`

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    // The head stays above the rows.
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height of a row follows the size of the text.
  useEffect(() => virtual.measure(), [rowHeight])
  useTableHandle(handle, rows, sorted, selection)

  const select = (focus: Place, extend: boolean) => {
    setSelection((before) => ({ anchor: extend && before ? before.anchor : focus, focus }))
  }
  const keys = (event: KeyboardEvent<HTMLDivElement>) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'c' && selection) {
      event.preventDefault()
      onCopy()
      return
    }
    if (event.target !== event.currentTarget) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2)
    const next = moved(selection?.focus ?? null, event, { rows: rows.length, columns: columns.length, page })
    if (!next) return
    event.preventDefault()
    select(next, event.shiftKey)
    virtual.scrollToIndex(next.row)
    scrollToColumn(scroller.current, widths, next.column)
  }
  const chosen = selection && selectionOf(selection)
  const active = selection?.focus
  return (
    <>
      <div
        ref={scroller}
        className="grid"
        role="grid"
        data-testid="result-grid"
        aria-label={t('console.result.rows')}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-busy={!completed || sorted.sorting}
        aria-activedescendant={active ? `cell-${active.row}-${active.column}` : undefined}
        tabIndex={0}
        onKeyDown={keys}
      >
        <GridHead rows={rows} sorted={sorted} template={template} />
        <div className="grid-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = sorted.at(index)
            return (
              <div
                key={index}
                className="grid-row"
                role="row"
                aria-rowindex={index + 2}
                style={{
                  gridTemplateColumns: template,
                  height: rowHeight,
                  transform: `translateY(${start - headHeight}px)`,
                }}
              >
                <span className="grid-number" role="rowheader">
                  {format.number(index + 1)}
                </span>
                {columns.map((column, at) => (
                  <GridCell
                    // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name.
                    key={at}
                    id={`cell-${index}-${at}`}
                    cell={row?.[at]}
                    hint={hint(timeOf(column, row?.[at]), row?.[at], (time) => format.dateTime(time))}
                    selected={chosen?.has(index, at) ?? false}
                    active={active?.row === index && active.column === at}
                    onSelect={(extend) => select({ row: index, column: at }, extend)}
                  />
                ))}
              </div>
            )
          })}
        </div>
      </div>
      {active && (
        <Inspector cell={sorted.at(active.row)?.[active.column]} name={columns[active.column]?.name ?? ''} />
      )}
    </>
  )
}

function GridHead({ rows, sorted, template }: { rows: Rows; sorted: SortedRows; template: string }) {
  const { t } = useLanguage()
  return (
    <div className="grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
      <span className="grid-number" role="columnheader">
        <span className="sr-only">{t('console.result.number')}</span>
      </span>
      {rows.columns.map(({ name, type }, at) => {
        const direction = sorted.sort?.column === at ? sorted.sort.direction : undefined
        return (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name.
            key={at}
            role="columnheader"
            className={isNumeric(rows.all[0]?.[at]) ? 'grid-column cell-number' : 'grid-column'}
            aria-sort={direction ?? 'none'}
          >
            <button
              type="button"
              title={t('console.result.sortBy', { name })}
              onClick={() => sorted.toggle(at)}
            >
              <span className="grid-name">{name}</span>
              {type !== 'unknown' && <span className="grid-type">{type}</span>}
              <span className="grid-sort" aria-hidden="true">
                {direction === 'ascending' ? '▲' : direction === 'descending' ? '▼' : ''}
              </span>
            </button>
          </div>
        )
      })}
    </div>
  )
}

interface GridCellProps {
  id: string
  cell: Cell | undefined
  hint: string | undefined
  selected: boolean
  active: boolean
  onSelect: (extend: boolean) => void
}

function GridCell({ id, cell, hint: title, selected, active, onSelect }: GridCellProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys do it on the grid.
    <span
      id={id}
      role="gridcell"
      aria-selected={selected}
      className={`grid-cell ${cellClass(cell)} ${active ? 'cell-active' : ''}`}
      title={title}
      onClick={(event) => onSelect(event.shiftKey)}
    >
      {cellText(cell).slice(0, 200)}
    </span>
  )
}

/** The whole value of the active cell, which the table cuts. */
function Inspector({ cell, name }: { cell: Cell | undefined; name: string }) {
  return (
    <div className="inspector" data-testid="inspector">
      <span className="inspector-name">{name}</span>
      <output className={cell === null ? 'cell-null' : ''}>{cellText(cell)}</output>
    </div>
  )
}

function hint(
  time: number | null,
  cell: Cell | undefined,
  show: (time: number) => string,
): string | undefined {
  if (time !== null) return show(time)
  return typeof cell === 'string' && cell.length > 40 ? cell.slice(0, 1_000) : undefined
}

/** Keeps the active column in sight, right of the numbers that stay at the left edge. */
function scrollToColumn(scroller: HTMLElement | null, widths: readonly number[], column: number): void {
  const head = scroller?.querySelectorAll<HTMLElement>('.grid-column')[column]
  const edge = scroller?.querySelector<HTMLElement>('.grid-number')?.offsetWidth ?? 0
  if (!scroller || !head || widths.length === 0) return
  const { offsetLeft, offsetWidth } = head
  if (offsetLeft - edge < scroller.scrollLeft) scroller.scrollLeft = offsetLeft - edge
  const right = offsetLeft + offsetWidth - scroller.clientWidth
  if (right > scroller.scrollLeft) scroller.scrollLeft = right
}

function useTableHandle(
  handle: RefObject<TableHandle | null>,
  rows: Rows,
  sorted: SortedRows,
  selection: Selection | null,
): void {
  useImperativeHandle(handle, () => {
    const ordered = function* (from: number, to: number) {
      for (let index = from; index <= to; index += 1) yield sorted.at(index) ?? []
    }
    return {
      selectedText() {
        if (!selection) return null
        const { top, bottom, left, right } = selectionOf(selection)
        const lines = [...ordered(top, bottom)].map((row) => row.slice(left, right + 1))
        if (lines.length === 1 && lines[0]?.length === 1) return plain(lines[0][0])
        return lines.map((row) => row.map(tsvCell).join('\t')).join('\n')
      },
      rowsText() {
        if (!selection) return null
        const { top, bottom } = selectionOf(selection)
        return tableText(rows.columns, ordered(top, bottom), 'tsv')
      },
      allText: (format) => tableText(rows.columns, ordered(0, rows.length - 1), format),
    }
  })
}

function plain(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : cellText(cell)
}
