import '../i18n/areas/overview'
import '../i18n/areas/public'
import '../styles/overview.css'
import '../styles/public.css'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { readBoot } from '../app/boot'
import type { PageProps } from '../app/pages'
import { adoptPreferences, preferencesStore } from '../app/preferences'
import { THEMES } from '../app/theme'
import { useFleet } from '../app/useFleet'
import { useFleetBackfill } from '../app/useFleetBackfill'
import { usePublicFeed } from '../app/usePublicFeed'
import { useTitle } from '../app/useTitle'
import { useStores } from '../client/react'
import { HostCard } from '../components/HostCard'
import { PublicOff } from '../components/PublicOff'
import { PublicProvider } from '../components/PublicProvider'
import { useLanguage } from '../i18n'

const boot = readBoot()

/** One machine as a card for pages of others; `?theme=dark` and `?lang=zh-Hans` fit it to its surroundings. */
export default function Embed({ route }: PageProps<'embed'>) {
  useSurroundings()
  if (!boot.public) return <PublicOff />
  return (
    <PublicProvider>
      <Card name={route.host} />
    </PublicProvider>
  )
}

function Card({ name }: { name: string }) {
  const { t } = useLanguage()
  const stores = useStores()
  const failed = usePublicFeed(stores)
  const host = useFleet().find((one) => one.name === name)
  const loaded = useStore(stores.catalog, (state) => state.hostsLoaded)
  useFleetBackfill(stores, [name])
  useTitle(name)
  return (
    <main className="embed" data-testid="embed">
      {host ? (
        <HostCard host={host} linked={false} />
      ) : (
        <p className="embed-note" role="status">
          {failed ? t('public.failed') : loaded ? t('public.unknown') : t('app.loading')}
        </p>
      )}
    </main>
  )
}

/** What the embedding page asks for counts here and is not kept: it is not what the visitor chose. */
function useSurroundings(): void {
  useEffect(() => {
    const query = new URLSearchParams(location.search)
    const theme = THEMES.find((one) => one === query.get('theme'))
    const language = (['en', 'zh-Hans'] as const).find((one) => one === query.get('lang'))
    document.documentElement.classList.add('embedded')
    adoptPreferences(
      {
        ...preferencesStore.getState(),
        ...(theme ? { theme } : {}),
        ...(language ? { language } : {}),
      },
      null,
    )
  }, [])
}
