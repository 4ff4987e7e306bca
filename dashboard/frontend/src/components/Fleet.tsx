import { type CSSProperties, useEffect, useState } from 'react'
import { byName, type FleetHost, filterFleet, HOST_STATES, type HostState, wallColumns } from '../app/fleet'
import { changeQuery, useQuery } from '../app/router'
import { useFleetBackfill } from '../app/useFleetBackfill'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Empty } from './Empty'
import { HostCard } from './HostCard'
import { Icon } from './Icon'
import { StatusLine } from './StatusLine'

/** From this many hosts on there is something to look for. */
const SEARCH_FROM = 8

/** All hosts, worst state first; what is filtered stands in the address. */
export function Fleet({ fleet }: { fleet: readonly FleetHost[] }) {
  const { t } = useLanguage()
  const query = new URLSearchParams(useQuery())
  const text = query.get('q') ?? ''
  const state = HOST_STATES.find((one) => one === query.get('state')) ?? null
  const wall = query.has('wall')
  useFleetBackfill(
    useStores(),
    fleet.filter(({ kind }) => kind === 'machine').map(({ name }) => name),
  )
  const found = filterFleet(fleet, text, state)
  const shown = query.get('sort') === 'name' ? found.sort(byName) : found
  const columns = useWallColumns(shown.length)
  const style = {
    '--wall-columns': columns,
    '--wall-rows': Math.ceil(shown.length / columns),
  } as CSSProperties
  return (
    <>
      <div className="subhead">
        <StatusLine />
        <Tally fleet={fleet} chosen={state} />
        {fleet.length >= SEARCH_FROM && (
          <input
            type="search"
            className="input fleet-search"
            aria-label={t('overview.search')}
            placeholder={t('overview.search')}
            value={text}
            onChange={(event) => changeQuery({ q: event.target.value || null }, { replace: true })}
          />
        )}
        <WallButton wall={wall} />
      </div>
      {shown.length === 0 ? (
        <Empty icon="host" title={t('overview.noneFound')}>
          <button type="button" className="button" onClick={() => changeQuery({ q: null, state: null })}>
            {t('overview.showAll')}
          </button>
        </Empty>
      ) : (
        <ul className="fleet" data-testid="fleet" style={style}>
          {shown.map((host) => (
            <li key={host.name}>
              <HostCard host={host} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

/** How many hosts are in which state; each is a filter. */
function Tally({ fleet, chosen }: { fleet: readonly FleetHost[]; chosen: HostState | null }) {
  const { t } = useLanguage()
  const counts = HOST_STATES.map(
    (state) => [state, fleet.filter((host) => host.state === state).length] as const,
  )
  return (
    <fieldset className="tally">
      <legend className="sr-only">{t('overview.states')}</legend>
      {counts
        .filter(([state, count]) => count > 0 || state === chosen)
        .map(([state, count]) => (
          <button
            key={state}
            type="button"
            className={`tally-item tally-${state}`}
            aria-pressed={state === chosen}
            onClick={() => changeQuery({ state: state === chosen ? null : state })}
          >
            <b>{count}</b> {t(`hostState.${state}`)}
          </button>
        ))}
    </fieldset>
  )
}

/** The cards alone, over the whole screen. Escape, or the browser's way out of full screen, leads back. */
function WallButton({ wall }: { wall: boolean }) {
  const { t } = useLanguage()
  useEffect(() => {
    if (!wall) return
    const leave = () => changeQuery({ wall: null }, { replace: true })
    const keyed = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.fullscreenElement) leave()
    }
    const changed = () => {
      if (!document.fullscreenElement) leave()
    }
    addEventListener('keydown', keyed)
    document.addEventListener('fullscreenchange', changed)
    return () => {
      removeEventListener('keydown', keyed)
      document.removeEventListener('fullscreenchange', changed)
    }
  }, [wall])
  const toggle = () => {
    if (wall && document.fullscreenElement) void document.exitFullscreen()
    // A browser that refuses full screen still shows the wall in its window.
    if (!wall) document.documentElement.requestFullscreen?.().catch(() => undefined)
    changeQuery({ wall: wall ? null : '1' }, { replace: true })
  }
  const label = t(wall ? 'overview.leaveWall' : 'overview.wall')
  return (
    <button
      type="button"
      className="icon-button wall-button"
      data-testid="wall"
      aria-label={label}
      title={label}
      onClick={toggle}
    >
      <Icon name={wall ? 'close' : 'wall'} />
    </button>
  )
}

function useWallColumns(count: number): number {
  const [size, setSize] = useState({ width: innerWidth, height: innerHeight })
  useEffect(() => {
    const resized = () => setSize({ width: innerWidth, height: innerHeight })
    addEventListener('resize', resized)
    return () => removeEventListener('resize', resized)
  }, [])
  return wallColumns(count, size.width, size.height)
}
