import { PageSkeleton } from '../components/PageSkeleton'

/** Not built yet. */
export default function Join() {
  return <PageSkeleton />
}
