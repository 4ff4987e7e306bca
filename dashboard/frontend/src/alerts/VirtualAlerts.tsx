import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useNow } from '../app/useNow'
import { useRootScale } from '../app/useRootScale'
import { useLanguage } from '../i18n'
import { AlertItem, type AlertItemActions } from './AlertItem'
import type { AlertPages } from './useAlertPages'

/** Height of a row in rem: one line on wide screens, three on a phone. */
const ROW_REM = 3.25
const NARROW_ROW_REM = 7
const NARROW_PX = 760
/** How often the ages of open alerts are told anew, ms. */
const AGES_EVERY_MS = 5_000
/** Older ones are fetched when fewer rows than this are left below. */
const AHEAD = 50

export interface VirtualAlertsProps extends AlertItemActions {
  pages: AlertPages
}

/** Any number of alerts: only what is on the screen is in the page. */
export function VirtualAlerts({ pages, ...actions }: VirtualAlertsProps) {
  const { t } = useLanguage()
  const { rows, more, loading, error, loadMore } = pages
  const scroller = useRef<HTMLDivElement>(null)
  const scale = useRootScale()
  useNow(AGES_EVERY_MS)
  const height = scale * (innerWidth <= NARROW_PX ? NARROW_ROW_REM : ROW_REM)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height measures all anew.
  useEffect(() => virtual.measure(), [height])
  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? -1
  // Looked at again once a request has ended: a reload that took the place of the next page leaves all else as it was.
  const settled = !loading && error === null
  useEffect(() => {
    if (settled && more && lastShown >= rows.length - AHEAD) loadMore()
  }, [settled, more, lastShown, rows.length, loadMore])
  return (
    <div
      ref={scroller}
      className="alert-scroller"
      data-testid="alert-rows"
      data-rows={rows.length}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable list must be reachable by the keyboard.
      tabIndex={0}
    >
      <ul className="alert-rows" aria-label={t('nav.alerts')} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const alert = rows[item.index]
          return alert ? (
            <li
              key={item.key}
              className="alert-row"
              aria-posinset={item.index + 1}
              aria-setsize={more ? -1 : rows.length}
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              <AlertItem alert={alert} {...actions} />
            </li>
          ) : null
        })}
      </ul>
    </div>
  )
}
