import { type ReactNode, useId } from 'react'

/** To be spread over the control itself. */
export interface ControlProps {
  id: string
  'aria-invalid': boolean
  'aria-describedby': string | undefined
}

export interface DialogFieldProps {
  label: string
  /** What is wrong about it. */
  errors?: readonly string[] | undefined
  /** Over both columns of the form. */
  wide?: boolean
  children: (control: ControlProps) => ReactNode
}

/** A labelled control in the form of a dialog, with what is wrong about it below. */
export function DialogField({ label, errors = [], wide = false, children }: DialogFieldProps) {
  const id = useId()
  const wrong = errors.length > 0
  return (
    <div className={wide ? 'dialog-field dialog-wide' : 'dialog-field'}>
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': wrong, 'aria-describedby': wrong ? `${id}-errors` : undefined })}
      {wrong && (
        <span className="form-error" id={`${id}-errors`}>
          {errors.join(' ')}
        </span>
      )}
    </div>
  )
}
