import { useStore } from 'zustand'
import type { Process } from '../client/protocol'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'

/** Rows that always have their place, so that a shorter list moves nothing. */
const ROWS = 5
const MOST = 10

/** The busiest processes when last looked. */
export function ProcessTable({ host }: { host: string }) {
  const { t } = useLanguage()
  const { statuses } = useStores()
  // Not `useStatus`: a list comes seldom, a reading each second.
  const processes = useStore(statuses, ({ byHost }) => byHost[host]?.processes ?? null)
  return (
    <section className="panel" data-testid="process-table" aria-labelledby="processes-title">
      <h2 className="panel-title" id="processes-title">
        {t('processes.title')}
      </h2>
      {processes?.length === 0 ? (
        <p className="panel-empty">{t('processes.empty')}</p>
      ) : (
        <ProcessRows processes={processes} />
      )}
    </section>
  )
}

/** Processes by what they use; null while they are not known. */
export function ProcessRows({ processes }: { processes: readonly Process[] | null }) {
  const { t, format } = useLanguage()
  const sorted = [...(processes ?? [])].sort((a, b) => b.cpu - a.cpu || b.memory - a.memory)
  const rows = sorted.slice(0, MOST)
  const empty = Math.max(0, ROWS - rows.length)
  return (
    <table className="processes">
      <thead>
        <tr>
          <th scope="col">{t('processes.name')}</th>
          <th scope="col" className="number">
            {t('processes.cpu')}
          </th>
          <th scope="col" className="number">
            {t('processes.memory')}
          </th>
          <th scope="col" className="number processes-pid">
            {t('processes.pid')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((process) => (
          <tr key={process.pid}>
            <td className="processes-name" title={process.name}>
              {process.name}
            </td>
            <td className="number">{format.percent(process.cpu)}</td>
            <td className="number">{format.bytes(process.memory)}</td>
            <td className="number processes-pid">{process.pid}</td>
          </tr>
        ))}
        {Array.from({ length: empty }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders are all alike.
          <tr key={`empty-${index}`}>
            <td colSpan={4}>{processes ? '\u00a0' : <span className="skeleton skeleton-line" />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
