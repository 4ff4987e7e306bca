const watched = new Map<Element, (visible: boolean) => void>()
let observer: IntersectionObserver | null = null

/** Tells whether `element` is on the screen, or nearly, now and whenever that changes. Returns how to stop. */
export function onVisible(element: Element, tell: (visible: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting)
    },
    { rootMargin: '100px' },
  )
  watched.set(element, tell)
  observer.observe(element)
  return () => {
    watched.delete(element)
    observer?.unobserve(element)
  }
}
