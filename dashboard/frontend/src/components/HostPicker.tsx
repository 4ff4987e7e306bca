import { useStore } from 'zustand'
import { INSTALLATION } from '../app/fleet'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Icon } from './Icon'

/** All hosts that are known, by name. */
export function useHostNames(): string[] {
  const { catalog, statuses } = useStores()
  const listed = useStore(catalog, (state) => state.hosts)
  const seen = useStore(statuses, (state) => Object.keys(state.byHost).join('\n'))
  const names = new Set([...listed.map((host) => host.name), ...seen.split('\n').filter(Boolean)])
  return [...names].sort((a, b) => a.localeCompare(b))
}

export interface HostPickerProps {
  host: string
  onHost: (host: string) => void
  /** Whether the installation itself is among the choices. */
  installation?: boolean
}

/** The host's name; a choice where there are several. */
export function HostPicker({ host, onHost, installation = false }: HostPickerProps) {
  const { t } = useLanguage()
  const { catalog } = useStores()
  const listed = useStore(catalog, (state) => state.hosts)
  const names = useHostNames().filter((name) => installation || name !== INSTALLATION)
  const choices = names.includes(host) || host === '' ? names : [host, ...names]
  const offline = new Set(listed.filter((one) => !one.online).map((one) => one.name))
  if (choices.length < 2) {
    return (
      <div className="host" title={t('nav.host')}>
        <Icon name="host" />
        <span className="host-name">{host}</span>
      </div>
    )
  }
  return (
    <label className="host host-choice">
      <Icon name="host" />
      <span className="sr-only">{t('nav.host')}</span>
      <select value={host} data-testid="host-picker" onChange={(event) => onHost(event.target.value)}>
        {choices.map((name) => (
          <option key={name} value={name}>
            {offline.has(name) ? `${name} · ${t('level.offline')}` : name}
          </option>
        ))}
      </select>
      <Icon name="chevron" />
    </label>
  )
}
