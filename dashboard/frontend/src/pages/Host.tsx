import '../i18n/areas/overview'
import '../styles/overview.css'
import type { PageProps } from '../app/pages'
import { useTitle } from '../app/useTitle'
import { HostDepth } from '../components/HostDepth'

/** One host in depth. */
export default function Host({ route }: PageProps<'host'>) {
  useTitle(route.host)
  return <HostDepth host={route.host} />
}
