import { type FormEvent, useState } from 'react'

export interface FormState {
  busy: boolean
  /** What the last attempt failed with, null before and after. */
  error: unknown
  onSubmit: (event: FormEvent<HTMLFormElement>) => void
}

/** Sends a form once at a time and keeps what went wrong. */
export function useForm(send: (fields: FormData) => Promise<void>): FormState {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setError(null)
    send(new FormData(event.currentTarget))
      .catch(setError)
      .finally(() => setBusy(false))
  }
  return { busy, error, onSubmit }
}
