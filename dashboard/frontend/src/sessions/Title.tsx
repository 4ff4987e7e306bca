import { useEffect, useState } from 'react'

export interface TitleProps {
  title: string
  label: string
  editable: boolean
  onChange: (title: string) => void
}

/** The session's name; its owner edits it in place. */
export function Title({ title, label, editable, onChange }: TitleProps) {
  const [text, setText] = useState(title)
  useEffect(() => setText(title), [title])
  if (!editable) return <h1 className="session-title">{title}</h1>
  const done = () => {
    const next = text.trim()
    if (next === '') setText(title)
    else if (next !== title) onChange(next)
  }
  return (
    <h1 className="session-title">
      <input
        value={text}
        aria-label={label}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur()
          if (event.key !== 'Escape') return
          setText(title)
          event.preventDefault()
        }}
      />
    </h1>
  )
}
