import { useId } from 'react'

export interface FieldProps {
  name: string
  label: string
  type?: 'text' | 'password'
  autoComplete: string
  autoFocus?: boolean
  errors?: readonly string[] | undefined
}

/** A labelled input with what is wrong about it. */
export function Field({ name, label, type = 'text', autoComplete, autoFocus, errors = [] }: FieldProps) {
  const id = useId()
  const wrong = errors.length > 0
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        // biome-ignore lint/a11y/noAutofocus: the page is this form and nothing else.
        autoFocus={autoFocus}
        autoCapitalize="none"
        spellCheck={false}
        required
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-errors` : undefined}
      />
      {wrong && (
        <ul className="field-errors" id={`${id}-errors`}>
          {errors.map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
