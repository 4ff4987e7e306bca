import { useState } from 'react'
import { errorText } from '../app/errorText'
import { useForm } from '../app/useForm'
import { ApiError } from '../client/errors'
import { useStores } from '../client/react'
import { Dialog } from '../components/Dialog'
import { useLanguage } from '../i18n'
import type { PlainKey } from '../i18n/translate'
import { deleteRule, type FullRule, type NewRule, type RuleTest, saveRule, testRule } from './api'
import { FormEnd, HostSelect, textsOf } from './formParts'

export const COMPONENTS = [
  'cpu',
  'memory',
  'disk',
  'swap',
  'load',
  'process_memory',
  'connections',
  'broadcast_latency',
  'query_time',
  'reconnect_rate',
  'http_error_rate',
  'host',
] as const

const NUMBERS = [
  ['warning_raise', 'rule.warningRaise'],
  ['warning_clear', 'rule.warningClear'],
  ['critical_raise', 'rule.criticalRaise'],
  ['critical_clear', 'rule.criticalClear'],
  ['window_seconds', 'rule.windowSeconds'],
  ['for_seconds', 'rule.forSeconds'],
  ['keep_firing_for_seconds', 'rule.keepSeconds'],
  ['repeat_seconds', 'rule.repeatSeconds'],
] as const satisfies readonly (readonly [keyof FullRule, PlainKey])[]

/** Those that are never empty; the others are null when they are. */
const SECONDS = new Set<string>([
  'window_seconds',
  'for_seconds',
  'keep_firing_for_seconds',
  'repeat_seconds',
])

export interface RuleFormProps {
  rule: FullRule | null
  onClose: () => void
  onDone: () => void
}

/** A rule as it is edited: thresholds, how long before it fires, and what it would have done. */
export function RuleForm({ rule, onClose, onDone }: RuleFormProps) {
  const { t } = useLanguage()
  const { api } = useStores()
  const { busy, error, onSubmit } = useForm(async (fields) => {
    await saveRule(api, ruleOf(fields), rule?.id ?? null)
    onDone()
  })
  const invalid = error instanceof ApiError && error.status === 400 ? error : null
  const wrong = invalid?.details ?? {}
  return (
    <Dialog
      title={rule ? t(`component.${rule.component}` as 'component.cpu') : t('rule.new')}
      onClose={onClose}
    >
      <form className="dialog-form" onSubmit={onSubmit} data-testid="rule-form">
        <label>
          {t('rule.component')}
          <select className="select" name="component" defaultValue={rule?.component ?? 'cpu'}>
            {COMPONENTS.map((component) => (
              <option key={component} value={component}>
                {t(`component.${component}`)}
              </option>
            ))}
          </select>
        </label>
        <HostSelect label={t('rule.host')} host={rule?.host ?? null} />
        <label>
          {t('rule.comparison')}
          <select className="select" name="comparison" defaultValue={rule?.comparison ?? 'above'}>
            <option value="above">{t('rule.above')}</option>
            <option value="below">{t('rule.below')}</option>
          </select>
        </label>
        <label className="check dialog-check">
          <input type="checkbox" name="enabled" defaultChecked={rule?.enabled ?? true} />
          {t('rule.enabled')}
        </label>
        {NUMBERS.map(([name, label]) => (
          <label key={name}>
            {t(label)}
            <input
              className="input"
              type="number"
              step="any"
              min={SECONDS.has(name) ? 0 : undefined}
              required={name === 'for_seconds'}
              name={name}
              defaultValue={rule?.[name] ?? (name === 'for_seconds' ? 10 : '')}
              aria-invalid={name in wrong}
            />
            {name in wrong && <span className="form-error">{String(wrong[name])}</span>}
          </label>
        ))}
        <FormEnd
          problem={error === null ? null : (invalid?.message ?? errorText(t, error))}
          busy={busy}
          submit={t('rule.save')}
          testId="save-rule"
        >
          {rule && <Remove id={rule.id} onDone={onDone} />}
        </FormEnd>
      </form>
      {rule && <WouldHave id={rule.id} />}
    </Dialog>
  )
}

/** Deletes on the second press, so that a slip deletes nothing. */
function Remove({ id, onDone }: { id: number; onDone: () => void }) {
  const { t } = useLanguage()
  const { api } = useStores()
  const [sure, setSure] = useState(false)
  const press = () => {
    if (sure) deleteRule(api, id).then(onDone, () => setSure(false))
    else setSure(true)
  }
  return (
    <button type="button" className="button button-danger" onClick={press} onBlur={() => setSure(false)}>
      {t(sure ? 'rule.deleteSure' : 'rule.delete')}
    </button>
  )
}

/** What the saved rule would have done lately. */
function WouldHave({ id }: { id: number }) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const [result, setResult] = useState<RuleTest | 'failed' | null>(null)
  const ask = (hours: number) =>
    testRule(api, id, hours).then(setResult, () => {
      setResult('failed')
    })
  return (
    <section className="rule-test">
      <div className="dialog-actions">
        {([1, 24] as const).map((hours) => (
          <button key={hours} type="button" className="button button-small" onClick={() => ask(hours)}>
            {t('rule.test', { time: format.duration(hours * 3_600) })}
          </button>
        ))}
      </div>
      {result === 'failed' && <p className="form-error">{t('rule.testFailed')}</p>}
      {result !== null && result !== 'failed' && (
        <div role="status">
          <p>{t('rule.fired', { count: result.firings.length, samples: format.number(result.samples) })}</p>
          <ul className="transitions">
            {result.firings.slice(0, 20).map((firing) => (
              <li key={`${firing.host} ${firing.from} ${firing.level}`}>
                <time>{format.dateTimeSeconds(firing.from)}</time>
                <b>{t(`level.${firing.level}` as 'level.warning')}</b>
                <span>
                  {firing.host}
                  {firing.to === null ? '' : ` · ${format.duration((firing.to - firing.from) / 1_000)}`}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}

function ruleOf(fields: FormData): NewRule {
  const text = textsOf(fields)
  const numbers = Object.fromEntries(
    NUMBERS.filter(([name]) => !(SECONDS.has(name) && text(name) === '')).map(([name]) => [
      name,
      text(name) === '' ? null : Number(text(name)),
    ]),
  )
  return {
    component: text('component'),
    host: text('host') || null,
    comparison: text('comparison') === 'below' ? 'below' : 'above',
    enabled: fields.get('enabled') !== null,
    ...numbers,
  } as NewRule
}
