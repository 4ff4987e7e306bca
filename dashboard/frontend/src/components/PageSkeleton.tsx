/** What stands where a page is about to be. */
export function PageSkeleton() {
  return (
    <div className="page-skeleton" aria-busy="true">
      <span className="skeleton skeleton-block" />
      <span className="skeleton skeleton-block" />
    </div>
  )
}
