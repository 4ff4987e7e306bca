import { useState } from 'react'
import { Icon, type IconName } from './Icon'

export interface SureButtonProps {
  text: string
  /** What it says after the first press. */
  sure: string
  small?: boolean
  /** Stands for the text, which readers still hear, until the first press. */
  icon?: IconName
  onSure: () => void
}

/** A button for what can't be taken back: it acts on the second press, and forgets the first when it is left. */
export function SureButton({ text, sure, small = false, icon, onSure }: SureButtonProps) {
  const [asked, setAsked] = useState(false)
  const press = () => {
    setAsked(!asked)
    if (asked) onSure()
  }
  const bare = icon !== undefined && !asked
  const look = small ? 'button button-small button-danger' : 'button button-danger'
  return (
    <button
      type="button"
      className={bare ? 'icon-button' : look}
      aria-label={bare ? text : undefined}
      title={bare ? text : undefined}
      onClick={press}
      onBlur={() => setAsked(false)}
    >
      {bare ? <Icon name={icon} /> : asked ? sure : text}
    </button>
  )
}
