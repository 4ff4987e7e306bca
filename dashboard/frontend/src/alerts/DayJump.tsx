import { useEffect, useState } from 'react'
import { changeQuery } from '../app/router'
import { useStores } from '../client/react'
import { Icon } from '../components/Icon'
import { useLanguage } from '../i18n'
import { dayEnd, daysLater, dayText, endOfDay } from './days'

/** Goes to a day of the past: the list begins with the last alert of it. The day stands in the address. */
export function DayJump({ to }: { to: number | undefined }) {
  const { t } = useLanguage()
  const { client } = useStores()
  const today = dayEnd(client.clock.now())
  const end = to ?? today
  const go = (next: number | null) =>
    changeQuery({ from: null, to: next === null || next >= today ? null : String(next) }, { replace: true })
  // What is typed stays in the field while it is no day yet.
  const [text, setText] = useState(dayText(end))
  useEffect(() => setText(dayText(end)), [end])
  const typed = (next: string) => {
    setText(next)
    const day = endOfDay(next)
    if (day !== null) go(day)
  }
  return (
    <fieldset className="day-jump" data-testid="day-jump">
      <legend className="sr-only">{t('alerts.day')}</legend>
      <button
        type="button"
        className="icon-button"
        aria-label={t('alerts.dayBefore')}
        title={t('alerts.dayBefore')}
        onClick={() => go(daysLater(end, -1))}
      >
        <Icon name="back" />
      </button>
      <input
        className="input"
        type="date"
        aria-label={t('alerts.day')}
        title={t('alerts.day')}
        max={dayText(today)}
        value={text}
        onChange={(event) => typed(event.target.value)}
        onBlur={() => setText(dayText(end))}
      />
      <button
        type="button"
        className="icon-button"
        aria-label={t('alerts.dayAfter')}
        title={t('alerts.dayAfter')}
        disabled={end >= today}
        onClick={() => go(daysLater(end, 1))}
      >
        <Icon name="forward" />
      </button>
      {to !== undefined && (
        <button type="button" className="button button-small" onClick={() => go(null)}>
          {t('alerts.newest')}
        </button>
      )}
    </fieldset>
  )
}
