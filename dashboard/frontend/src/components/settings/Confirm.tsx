import { useState } from 'react'
import { errorText } from '../../app/errorText'
import { useLanguage } from '../../i18n'

export interface ConfirmProps {
  /** What the button says. */
  text: string
  /** What it says to a reader, who does not see beside what it stands. */
  label: string
  onConfirm: () => Promise<void>
}

/** A button for what can't be taken back: it asks once more in its own place. */
export function Confirm({ text, label, onConfirm }: ConfirmProps) {
  const { t } = useLanguage()
  const [asked, setAsked] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const confirm = async () => {
    try {
      await onConfirm()
    } catch (problem) {
      setError(problem)
      setAsked(false)
    }
  }
  if (!asked) {
    return (
      <span className="settings-confirm">
        {error !== null && (
          <span className="form-error" role="alert">
            {errorText(t, error)}
          </span>
        )}
        <button
          type="button"
          className="button button-small"
          aria-label={label}
          onClick={() => setAsked(true)}
        >
          {text}
        </button>
      </span>
    )
  }
  return (
    <span className="settings-confirm">
      <span>{t('settings.confirm')}</span>
      <button
        type="button"
        className="button button-small button-danger"
        aria-label={label}
        // biome-ignore lint/a11y/noAutofocus: the focus stays where the first press was.
        autoFocus
        onClick={confirm}
      >
        {text}
      </button>
      <button type="button" className="button button-small" onClick={() => setAsked(false)}>
        {t('settings.cancel')}
      </button>
    </span>
  )
}
