import { type MouseEvent, type PointerEvent, type ReactNode, useEffect, useId, useRef } from 'react'
import { useLanguage } from '../i18n'
import { Icon } from './Icon'

export interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
}

const FINE = matchMedia('(pointer: fine)')

/** A modal dialog: the browser keeps the focus inside and closes it on Escape; a click beside it closes it too. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const { t } = useLanguage()
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const shown = dialog.current
    if (shown && !shown.open) {
      shown.showModal()
      // The browser would choose the button that closes it. On a touch screen a field would call the keyboard.
      if (FINE.matches) shown.querySelector<HTMLElement>('form :is(input, select, textarea)')?.focus()
    }
    return () => shown?.close()
  }, [])
  const pressedBeside = useRef(false)
  // A text that is selected from inside the dialog to outside of it ends in a click on it, too.
  const pressed = (event: PointerEvent) => {
    pressedBeside.current = event.target === dialog.current
  }
  const beside = (event: MouseEvent) => {
    if (event.target === dialog.current && pressedBeside.current) onClose()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, which the browser sees to.
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={pressed}
      onClick={beside}
    >
      <div className="dialog-body">
        <div className="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button
            type="button"
            className="icon-button"
            aria-label={t('app.close')}
            title={t('app.close')}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  )
}
