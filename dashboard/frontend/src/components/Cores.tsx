import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { themeStore } from '../app/theme'
import { paintCores } from '../charts/cores'
import { onFrame, wake } from '../charts/loop'
import { onVisible } from '../charts/visible'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Icon } from './Icon'

/** CPU per core, on demand: a row for each core, a column for each reading, and what each does now. */
export function Cores({ host }: { host: string }) {
  const { t } = useLanguage()
  const { statuses } = useStores()
  const count = useStore(statuses, ({ byHost }) => byHost[host]?.status.cpuPerCore?.length ?? 0)
  const [open, setOpen] = useState(false)
  if (count === 0) return null
  return (
    <section className="panel" aria-labelledby="cores-title">
      <h2 className="panel-title" id="cores-title">
        <button
          type="button"
          className="disclosure"
          aria-expanded={open}
          data-testid="cores-toggle"
          onClick={() => setOpen(!open)}
        >
          <Icon name="chevron" className={open ? 'icon-turned' : ''} />
          {t('cores.title', { count })}
        </button>
      </h2>
      {open && <CoreRows host={host} count={count} />}
    </section>
  )
}

function CoreRows({ host, count }: { host: string; count: number }) {
  const { t, format } = useLanguage()
  const { statuses } = useStores()
  const theme = useStore(themeStore, (state) => state.version)
  const canvas = useRef<HTMLCanvasElement>(null)
  const list = useRef<HTMLOListElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` changes the colours.
  useEffect(() => {
    const picture = canvas.current
    if (!picture) return
    let fresh = true
    let visible = true
    const stop = [
      statuses.subscribe((state, before) => {
        if (state.byHost[host] === before.byHost[host]) return
        fresh = true
        wake()
      }),
      onVisible(picture, (now) => {
        visible = now
        if (now) wake()
      }),
      onFrame(() => {
        if (!fresh || !visible) return false
        fresh = false
        const recent = statuses.getState().byHost[host]?.recent ?? []
        paintCores(picture, recent, count)
        const now = recent.at(-1)?.cpuPerCore ?? []
        list.current?.querySelectorAll('b').forEach((cell, core) => {
          cell.textContent = format.percent(now[core], 0)
        })
        return true
      }),
    ]
    return () => {
      for (const end of stop) end()
    }
  }, [statuses, host, count, format, theme])
  return (
    <div className="cores" data-testid="cores">
      <canvas ref={canvas} className="cores-picture" role="img" aria-label={t('cores.describe', { count })} />
      <ol ref={list} className="cores-list">
        {Array.from({ length: count }, (_, core) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a core is its number.
          <li key={core}>
            <span>{core}</span>
            <b />
          </li>
        ))}
      </ol>
    </div>
  )
}
