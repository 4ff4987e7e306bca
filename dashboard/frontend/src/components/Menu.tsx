import { type ReactNode, useEffect, useId, useRef, useState } from 'react'

export interface MenuProps {
  label: string
  button: ReactNode
  /** On which side of the button the panel hangs. */
  align?: 'start' | 'end'
  /** A function is asked for its content only once the panel is open. */
  children: ReactNode | ((open: boolean, close: () => void) => ReactNode)
  /** Class of the button; a bare icon by default. */
  className?: string
  /** Whether choosing an entry closes the panel, false by default. */
  closes?: boolean
}

/** A button that opens a panel; Escape, a click elsewhere or focus elsewhere closes it. */
export function Menu(props: MenuProps) {
  const { label, button, children, className = 'icon-button', align = 'end', closes = false } = props
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const trigger = useRef<HTMLButtonElement>(null)
  const panel = useId()
  const close = () => {
    setOpen(false)
    trigger.current?.focus()
  }
  useEffect(() => {
    if (!open) return
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    const keyed = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault() // closes nothing else, and cancels no query
      setOpen(false)
      trigger.current?.focus()
    }
    const chosen = (event: Event) => {
      if (!closes || !(event.target as Element).closest('.menu-item')) return
      setOpen(false)
      trigger.current?.focus()
    }
    const element = root.current
    element?.addEventListener('click', chosen)
    document.addEventListener('pointerdown', outside)
    document.addEventListener('focusin', outside)
    document.addEventListener('keydown', keyed)
    return () => {
      element?.removeEventListener('click', chosen)
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('focusin', outside)
      document.removeEventListener('keydown', keyed)
    }
  }, [open, closes])
  return (
    <div className="menu" ref={root}>
      <button
        ref={trigger}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      <div
        id={panel}
        className={align === 'start' ? 'menu-panel menu-panel-start' : 'menu-panel'}
        hidden={!open}
      >
        {typeof children === 'function' ? children(open, close) : children}
      </div>
    </div>
  )
}
