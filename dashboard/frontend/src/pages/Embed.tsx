import { PageSkeleton } from '../components/PageSkeleton'

/** Not built yet. */
export default function Embed() {
  return <PageSkeleton />
}
