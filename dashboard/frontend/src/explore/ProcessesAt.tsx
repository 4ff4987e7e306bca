import { useEffect, useState } from 'react'
import { processesAt } from '../alerts/api'
import { changeQuery } from '../app/router'
import type { Process } from '../client/protocol'
import { useStores } from '../client/react'
import { Icon } from '../components/Icon'
import { ProcessRows } from '../components/ProcessTable'
import { useLanguage } from '../i18n'

type Found = { timestamp: number; processes: Process[] } | 'none' | null

/** The busiest processes at a moment that was clicked on. */
export function ProcessesAt({ host, at }: { host: string; at: number }) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const [found, setFound] = useState<Found>(null)
  useEffect(() => {
    const abort = new AbortController()
    setFound(null)
    processesAt(api, host, at, abort.signal).then(setFound, () => {
      if (!abort.signal.aborted) setFound('none')
    })
    return () => abort.abort()
  }, [api, host, at])
  const time = found && found !== 'none' ? found.timestamp : at
  return (
    <section className="panel explore-processes" data-testid="processes-at" aria-labelledby="processes-at">
      <h2 className="panel-title" id="processes-at">
        {t('explore.processesAt', { time: format.dateTimeSeconds(time) })}
        <button
          type="button"
          className="icon-button"
          aria-label={t('explore.close')}
          title={t('explore.close')}
          onClick={() => changeQuery({ at: null }, { replace: true })}
        >
          <Icon name="close" />
        </button>
      </h2>
      {found === 'none' ? (
        <p className="panel-empty">{t('explore.noProcesses')}</p>
      ) : (
        <ProcessRows processes={found?.processes ?? null} />
      )}
    </section>
  )
}
