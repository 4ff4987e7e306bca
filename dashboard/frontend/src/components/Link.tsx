import type { AnchorHTMLAttributes, MouseEvent } from 'react'
import { navigate } from '../app/router'

export interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  /** Address of a page of ours; build it with `pathOf`. */
  to: string
}

/** A link that changes the page without loading it; with a modifier key it does what the browser does. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const clicked = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const own = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (event.defaultPrevented || !own || rest.target === '_blank') return
    event.preventDefault()
    navigate(to)
  }
  return <a {...rest} href={to} onClick={clicked} />
}
