import { useEffect } from 'react'
import { useHealth } from '../client/react'
import { useLanguage } from '../i18n'

/** Names the tab; the number of open alerts shows even while another tab is in front. */
export function useTitle(name: string): void {
  const { t } = useLanguage()
  const { firing } = useHealth()
  useEffect(() => {
    const title = name ? `${name} · ${t('app.name')}` : t('app.name')
    document.title = firing > 0 ? `(${firing}) ${title}` : title
  }, [name, firing, t])
}
