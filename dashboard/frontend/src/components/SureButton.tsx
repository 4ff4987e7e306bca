import { useState } from 'react'

export interface SureButtonProps {
  text: string
  /** What it says after the first press. */
  sure: string
  small?: boolean
  onSure: () => void
}

/** A button for what can't be taken back: it acts on the second press, and forgets the first when it is left. */
export function SureButton({ text, sure, small = false, onSure }: SureButtonProps) {
  const [asked, setAsked] = useState(false)
  const press = () => {
    setAsked(!asked)
    if (asked) onSure()
  }
  return (
    <button
      type="button"
      className={small ? 'button button-small button-danger' : 'button button-danger'}
      onClick={press}
      onBlur={() => setAsked(false)}
    >
      {asked ? sure : text}
    </button>
  )
}
