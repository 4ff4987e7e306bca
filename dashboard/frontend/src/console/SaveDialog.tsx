import { useEffect, useRef } from 'react'
import { errorText } from '../app/errorText'
import { useForm } from '../app/useForm'
import { Field } from '../components/Field'
import { useLanguage } from '../i18n'

export interface SaveDialogProps {
  onSave: (fields: { name: string; description: string; shared: boolean }) => Promise<void>
  onClose: () => void
}

/** Asks for the name under which a query is kept. */
export function SaveDialog({ onSave, onClose }: SaveDialogProps) {
  const { t } = useLanguage()
  const { busy, error, onSubmit } = useForm(async (fields) => {
    await onSave({
      name: String(fields.get('name')),
      description: String(fields.get('description') ?? ''),
      shared: fields.get('shared') === 'on',
    })
    onClose()
  })
  return (
    <Dialog title={t('console.save.title')} onClose={onClose}>
      <form onSubmit={onSubmit} className="dialog-form">
        <Field name="name" label={t('console.save.name')} autoComplete="off" autoFocus />
        <label className="field">
          <span>{t('console.save.description')}</span>
          <input name="description" defaultValue="" autoComplete="off" />
        </label>
        <label className="check">
          <input type="checkbox" name="shared" />
          {t('console.save.shared')}
        </label>
        {error !== null && (
          <p className="form-error" role="alert">
            {errorText(t, error)}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t('console.save.close')}
          </button>
          <button type="submit" className="button-primary" aria-disabled={busy}>
            {t('console.save')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

export interface DialogProps {
  title: string
  onClose: () => void
  children: React.ReactNode
}

/** A modal of the browser's own: it keeps the focus and closes with Escape. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const { t } = useLanguage()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="dialog" aria-label={title} onClose={onClose}>
      <div className="dialog-head">
        <h2>{title}</h2>
        <button type="button" className="icon-button" aria-label={t('console.save.close')} onClick={onClose}>
          <span aria-hidden="true">×</span>
        </button>
      </div>
      {children}
    </dialog>
  )
}
