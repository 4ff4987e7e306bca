import { errorText } from '../app/errorText'
import { useForm } from '../app/useForm'
import { Dialog } from '../components/Dialog'
import { useLanguage } from '../i18n'

/** The browser gives the focus of a dialog that opens to what has this attribute, which React's own property does not set. */
const focusedFirst = (input: HTMLInputElement | null) => input?.setAttribute('autofocus', '')

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
        <label className="dialog-wide">
          {t('console.save.name')}
          <input className="input" name="name" autoComplete="off" required ref={focusedFirst} />
        </label>
        <label className="dialog-wide">
          {t('console.save.description')}
          <input className="input" name="description" autoComplete="off" />
        </label>
        <label className="check dialog-wide">
          <input type="checkbox" name="shared" />
          {t('console.save.shared')}
        </label>
        <p className="form-error dialog-wide" role="alert">
          {error !== null && errorText(t, error)}
        </p>
        <div className="dialog-actions dialog-wide">
          <button type="submit" className="button button-primary" aria-disabled={busy}>
            {t('console.save')}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {t('console.save.close')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
