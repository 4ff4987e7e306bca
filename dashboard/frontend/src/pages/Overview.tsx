import '../i18n/areas/overview'
import { useSession } from '../app/session'
import { chooseHost } from '../app/useHost'
import { useTitle } from '../app/useTitle'
import { HostDepth } from '../components/HostDepth'
import { useHostNames } from '../components/HostPicker'

/** All hosts; a single one in depth. */
export default function Overview() {
  const { boot } = useSession()
  const host = chooseHost(null, boot.host, useHostNames())
  useTitle(host)
  return <HostDepth host={host} />
}
