import { type FormEvent, useState } from 'react'
import { changeQuery } from '../app/router'
import { useStores } from '../client/react'
import { HostPicker } from '../components/HostPicker'
import { Icon } from '../components/Icon'
import { Menu } from '../components/Menu'
import { useLanguage } from '../i18n'
import { localInput, PRESETS, type Preset, zoomed } from './range'
import type { RangeControl } from './useRange'

export interface ToolbarProps {
  host: string
  /** What a file of it holds. */
  type: 'status' | 'stats'
  control: RangeControl
  compare: boolean
  loading: boolean
  onPicture: () => void
}

/** Which host, which time, and what to take along. */
export function Toolbar({ host, type, control, compare, loading, onPicture }: ToolbarProps) {
  const { t, format } = useLanguage()
  const { client } = useStores()
  const { range, span, go } = control
  const zoomOut = () => {
    const next = zoomed(span, (span.from + span.to) / 2, 2, client.clock.now())
    go({ preset: null, ...next })
  }
  return (
    <div className="subhead explore-bar" data-loading={loading}>
      <HostPicker installation host={host} onHost={(next) => changeQuery({ host: next })} />
      <fieldset className="segments">
        <legend className="sr-only">{t('explore.range')}</legend>
        {(Object.keys(PRESETS) as Preset[]).map((preset) => (
          <button
            key={preset}
            type="button"
            className="segment"
            data-testid={`range-${preset}`}
            aria-pressed={range.preset === preset}
            onClick={() => go({ preset })}
          >
            {t(`explore.preset.${preset}`)}
          </button>
        ))}
      </fieldset>
      <Calendar control={control} />
      <button type="button" className="button button-small" onClick={zoomOut}>
        {t('explore.zoomOut')}
      </button>
      <label className="check">
        <input
          type="checkbox"
          checked={compare}
          data-testid="compare"
          onChange={(event) => changeQuery({ compare: event.target.checked ? '1' : null })}
        />
        {t('explore.compare')}
      </label>
      <span className="explore-span" data-testid="explore-span">
        {format.dateTime(span.from)} – {range.preset === null ? format.dateTime(span.to) : t('explore.now')}
      </span>
      <Menu
        label={t('explore.export')}
        className="button button-small"
        button={
          <>
            <Icon name="download" />
            {t('explore.export')}
          </>
        }
      >
        <a className="menu-item" data-testid="export-csv" href={exportUrl(host, type, span, 'csv')} download>
          {'CSV'}
        </a>
        <a
          className="menu-item"
          data-testid="export-json"
          href={exportUrl(host, type, span, 'json')}
          download
        >
          {'JSON'}
        </a>
        <button type="button" className="menu-item" data-testid="export-png" onClick={onPicture}>
          {'PNG'}
        </button>
      </Menu>
    </div>
  )
}

/** A range by date and time, in the zone of whoever looks. */
function Calendar({ control: { range, span, go } }: { control: RangeControl }) {
  const { t } = useLanguage()
  const [wrong, setWrong] = useState(false)
  const submit = (event: FormEvent<HTMLFormElement>, close: () => void) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const [from, to] = ['from', 'to'].map((name) => new Date(String(fields.get(name))).getTime())
    const good = from !== undefined && to !== undefined && from < to
    setWrong(!good)
    if (!good) return
    go({ preset: null, from, to })
    close()
  }
  return (
    <Menu
      label={t('explore.calendar')}
      className={range.preset === null ? 'button button-small is-on' : 'button button-small'}
      align="start"
      button={
        <>
          <Icon name="calendar" />
          {t('explore.calendar')}
        </>
      }
    >
      {(open, close) =>
        open && (
          <form
            className="calendar"
            onSubmit={(event) => submit(event, close)}
            onChange={() => setWrong(false)}
            // A stretch up to now moves on all the time: what is being typed must stay.
            key={range.preset ?? span.from}
          >
            <label>
              {t('explore.from')}
              <input
                className="input"
                type="datetime-local"
                name="from"
                required
                defaultValue={localInput(span.from)}
              />
            </label>
            <label>
              {t('explore.to')}
              <input
                className="input"
                type="datetime-local"
                name="to"
                required
                defaultValue={localInput(span.to)}
              />
            </label>
            {wrong && (
              <p className="form-error" role="alert">
                {t('explore.wrongOrder')}
              </p>
            )}
            <button type="submit" className="button button-primary button-small">
              {t('explore.show')}
            </button>
          </form>
        )
      }
    </Menu>
  )
}

function exportUrl(
  host: string,
  type: ToolbarProps['type'],
  span: { from: number; to: number },
  format: 'csv' | 'json',
): string {
  const query = new URLSearchParams({
    type,
    host,
    from: String(Math.floor(span.from)),
    to: String(Math.ceil(span.to)),
    format,
  })
  return `/api/v1/history/export?${query}`
}
