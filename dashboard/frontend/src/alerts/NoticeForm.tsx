import { fieldErrors, restOfError } from '../app/fieldErrors'
import { useForm } from '../app/useForm'
import { useStores } from '../client/react'
import { Dialog } from '../components/Dialog'
import { DialogField } from '../components/DialogField'
import { localInput } from '../explore/range'
import { useLanguage } from '../i18n'
import { changeNotice, createNotice, type Maintenance, type NewMaintenance } from './api'
import { FormEnd } from './formParts'

const HOUR = 3_600_000
const FIELDS = ['text', 'starts_at', 'ends_at']

export interface NoticeFormProps {
  /** Null for a new one. */
  notice: Maintenance | null
  onClose: () => void
  onDone: () => void
}

/** A notice of planned work: what people read, from when, until when. */
export function NoticeForm({ notice, onClose, onDone }: NoticeFormProps) {
  const { t } = useLanguage()
  const { api, client } = useStores()
  const now = client.clock.now()
  const starts = notice?.starts_at ?? Math.floor(now)
  const ends = notice?.ends_at ?? Math.floor(now) + HOUR
  const { busy, error, onSubmit } = useForm(async (fields) => {
    const next = noticeOf(fields, starts, ends)
    await (notice ? changeNotice(api, notice.id, next) : createNotice(api, next))
    onDone()
  })
  const wrong = fieldErrors(error)
  return (
    <Dialog title={t(notice ? 'notice.edit' : 'notice.new')} onClose={onClose}>
      <form className="dialog-form" onSubmit={onSubmit} data-testid="notice-form">
        <DialogField label={t('notice.text')} errors={wrong.text} wide>
          {(control) => (
            <input
              {...control}
              className="input"
              name="text"
              maxLength={400}
              required
              defaultValue={notice?.text}
            />
          )}
        </DialogField>
        {(
          [
            ['starts_at', 'notice.from', starts],
            ['ends_at', 'notice.to', ends],
          ] as const
        ).map(([name, label, at]) => (
          <DialogField key={name} label={t(label)} errors={wrong[name]}>
            {(control) => (
              <input
                {...control}
                className="input"
                type="datetime-local"
                name={name}
                required
                defaultValue={localInput(at)}
              />
            )}
          </DialogField>
        ))}
        <FormEnd
          problem={restOfError(t, error, FIELDS)}
          busy={busy}
          submit={t(notice ? 'notice.save' : 'notice.announce')}
        />
      </form>
    </Dialog>
  )
}

/** What the form says. A time that was not touched keeps its seconds, which the field does not show. */
function noticeOf(fields: FormData, starts: number, ends: number): NewMaintenance {
  const time = (name: string, before: number) => {
    const text = String(fields.get(name))
    return text === localInput(before) ? before : new Date(text).getTime()
  }
  return {
    text: String(fields.get('text')).trim(),
    starts_at: time('starts_at', starts),
    ends_at: time('ends_at', ends),
  }
}
