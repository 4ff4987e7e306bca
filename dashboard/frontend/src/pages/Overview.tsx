import '../i18n/areas/overview'
import '../styles/overview.css'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { useSession } from '../app/session'
import { readSetting, writeSetting } from '../app/settings'
import { useFleet } from '../app/useFleet'
import { chooseHost } from '../app/useHost'
import { useTitle } from '../app/useTitle'
import { useStatus, useStores } from '../client/react'
import { Fleet } from '../components/Fleet'
import { HostDepth } from '../components/HostDepth'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'

/** Remembers whether there were several hosts, so that the page starts with the right outline. */
const SEVERAL = 'several-hosts'

/** All hosts; a single one in depth, as there is nothing to choose. */
export default function Overview() {
  const { t } = useLanguage()
  const { boot } = useSession()
  const { catalog } = useStores()
  useStatus('') // every host's readings
  const fleet = useFleet()
  const loaded = useStore(catalog, (state) => state.hostsLoaded)
  useEffect(() => {
    if (loaded) writeSetting(SEVERAL, fleet.length > 1 ? 'yes' : 'no')
  }, [loaded, fleet.length])
  useTitle(t('nav.overview'))
  if (!loaded && fleet.length < 2 && readSetting(SEVERAL) === 'yes') return <PageSkeleton />
  if (fleet.length > 1) return <Fleet fleet={fleet} />
  const names = fleet.map(({ name }) => name)
  return <HostDepth host={chooseHost(null, boot.host, names)} />
}
