import { useState } from 'react'
import { useStore } from 'zustand'
import { fieldErrors, restOfError } from '../app/fieldErrors'
import { useForm } from '../app/useForm'
import { useStores } from '../client/react'
import { Dialog } from '../components/Dialog'
import { DialogField } from '../components/DialogField'
import { localInput } from '../explore/range'
import { useLanguage } from '../i18n'
import { createSilence, type ListedAlert, type NewSilence } from './api'
import { FormEnd, HostSelect, textsOf } from './formParts'

const HOUR = 3_600_000
const LENGTHS = { '1': HOUR, '4': 4 * HOUR, '24': 24 * HOUR, '168': 168 * HOUR } as const
type Length = keyof typeof LENGTHS | 'until' | 'recurring'

export interface SilenceFormProps {
  /** Whose host and component are filled in; null for a silence of anything. */
  alert: ListedAlert | null
  onClose: () => void
  onDone: () => void
}

/** A silence: for some hours, until a time, or every week at the same hours. */
export function SilenceForm({ alert, onClose, onDone }: SilenceFormProps) {
  const { t, format } = useLanguage()
  const { api, client, catalog } = useStores()
  const rules = useStore(catalog, (state) => state.rules)
  const [length, setLength] = useState<Length>('1')
  const components = [
    ...new Set([...(alert ? [alert.component] : []), ...rules.map((rule) => rule.component)]),
  ].sort()
  const { busy, error, onSubmit } = useForm(async (fields) => {
    await createSilence(api, silenceOf(fields, length, client.clock.now()))
    onDone()
  })
  return (
    <Dialog title={t('silence.new')} onClose={onClose}>
      <form className="dialog-form" onSubmit={onSubmit} data-testid="silence-form">
        <HostSelect label={t('silence.host')} host={alert?.host ?? null} />
        <label>
          {t('silence.component')}
          <select className="select" name="component" defaultValue={alert?.component ?? ''}>
            <option value="">{t('silence.everyComponent')}</option>
            {components.map((component) => (
              <option key={component} value={component}>
                {t(`component.${component}` as 'component.cpu')}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('silence.howLong')}
          <select
            className="select"
            value={length}
            data-testid="silence-length"
            onChange={(event) => setLength(event.target.value as Length)}
          >
            {(['1', '4', '24', '168'] as const).map((hours) => (
              <option key={hours} value={hours}>
                {format.duration(LENGTHS[hours] / 1_000)}
              </option>
            ))}
            <option value="until">{t('silence.until')}</option>
            <option value="recurring">{t('silence.weekly')}</option>
          </select>
        </label>
        {length === 'until' && (
          <DialogField label={t('silence.until')} errors={fieldErrors(error).ends_at}>
            {(control) => (
              <input
                {...control}
                className="input"
                type="datetime-local"
                name="until"
                required
                defaultValue={localInput(client.clock.now() + HOUR)}
              />
            )}
          </DialogField>
        )}
        {length === 'recurring' && <Weekly />}
        <label className="dialog-wide">
          {t('silence.why')}
          <input className="input" name="comment" maxLength={500} />
        </label>
        <FormEnd
          problem={restOfError(t, error, length === 'until' ? ['ends_at'] : [])}
          busy={busy}
          submit={t('silence.create')}
        />
      </form>
    </Dialog>
  )
}

function Weekly() {
  const { t, format } = useLanguage()
  return (
    <>
      <fieldset className="weekdays dialog-wide">
        <legend>{t('silence.days')}</legend>
        {format.weekdays().map((name, day) => (
          <label key={name} className="check">
            <input type="checkbox" name="weekday" value={day} defaultChecked={day < 5} />
            {name}
          </label>
        ))}
      </fieldset>
      <label>
        {t('silence.from')}
        <input className="input" type="time" name="start" required defaultValue="22:00" />
      </label>
      <label>
        {t('silence.to')}
        <input className="input" type="time" name="end" required defaultValue="06:00" />
      </label>
    </>
  )
}

/** What the form says, as the API takes it; times of day are those of this browser's zone. */
function silenceOf(fields: FormData, length: Length, now: number): NewSilence {
  const text = textsOf(fields)
  const starts = Math.floor(now)
  const ends =
    length === 'recurring'
      ? null
      : length === 'until'
        ? new Date(text('until')).getTime()
        : starts + LENGTHS[length]
  return {
    host: text('host') || null,
    component: text('component') || null,
    starts_at: starts,
    ends_at: ends,
    recurrence:
      length === 'recurring'
        ? {
            weekdays: fields.getAll('weekday').map(Number),
            start: text('start'),
            end: text('end'),
            timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          }
        : null,
    comment: text('comment').trim(),
  }
}
