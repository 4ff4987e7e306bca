import { useState } from 'react'
import { componentUnit } from '../app/alertText'
import { errorText } from '../app/errorText'
import { fieldErrors, restOfError } from '../app/fieldErrors'
import { useForm } from '../app/useForm'
import { useStores } from '../client/react'
import { Dialog } from '../components/Dialog'
import { DialogField } from '../components/DialogField'
import { SureButton } from '../components/SureButton'
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

/** Where nothing stands these are 0; the others are null. */
const SECONDS = new Set<string>([
  'window_seconds',
  'for_seconds',
  'keep_firing_for_seconds',
  'repeat_seconds',
])

/** Fields that say themselves what is wrong about them. */
const TOLD: readonly string[] = NUMBERS.map(([name]) => name)

export interface RuleFormProps {
  rule: FullRule | null
  onClose: () => void
  onDone: () => void
}

/** A rule as it is edited: thresholds, how long before it fires, and what it would have done. */
export function RuleForm({ rule, onClose, onDone }: RuleFormProps) {
  const { t } = useLanguage()
  const { api } = useStores()
  const [component, setComponent] = useState<string>(rule?.component ?? 'cpu')
  const [failed, setFailed] = useState<unknown>(null)
  const unit = componentUnit(component)
  const { busy, error, onSubmit } = useForm(async (fields) => {
    setFailed(null)
    await saveRule(api, ruleOf(fields), rule?.id ?? null)
    onDone()
  })
  const wrong = fieldErrors(error)
  return (
    <Dialog
      title={rule ? t(`component.${rule.component}` as 'component.cpu') : t('rule.new')}
      onClose={onClose}
    >
      <form className="dialog-form" onSubmit={onSubmit} data-testid="rule-form">
        <label>
          {t('rule.component')}
          <select
            className="select"
            name="component"
            value={component}
            onChange={(event) => setComponent(event.target.value)}
          >
            {COMPONENTS.map((one) => (
              <option key={one} value={one}>
                {t(`component.${one}`)}
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
          <DialogField
            key={name}
            label={SECONDS.has(name) || unit === '' ? t(label) : `${t(label)} (${unit})`}
            errors={wrong[name]}
          >
            {(control) => (
              <input
                {...control}
                className="input"
                type="number"
                step="any"
                min={SECONDS.has(name) ? 0 : undefined}
                required={name === 'for_seconds'}
                name={name}
                defaultValue={rule?.[name] ?? (name === 'for_seconds' ? 10 : '')}
              />
            )}
          </DialogField>
        ))}
        <label>
          {t('rule.noData')}
          <select className="select" name="no_data" defaultValue={rule?.no_data ?? ''}>
            <option value="">{t('rule.noData.keep')}</option>
            <option value="warning">{t('rule.noData.warning')}</option>
            <option value="critical">{t('rule.noData.critical')}</option>
          </select>
        </label>
        <FormEnd
          problem={restOfError(t, error ?? failed, TOLD)}
          busy={busy}
          submit={t('rule.save')}
          testId="save-rule"
        >
          {rule && (
            <SureButton
              text={t('rule.delete')}
              sure={t('rule.deleteSure')}
              onSure={() => deleteRule(api, rule.id).then(onDone, setFailed)}
            />
          )}
        </FormEnd>
      </form>
      {rule && <WouldHave id={rule.id} />}
    </Dialog>
  )
}

/** What the saved rule would have done lately. */
function WouldHave({ id }: { id: number }) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const [result, setResult] = useState<RuleTest | null>(null)
  const [failed, setFailed] = useState<unknown>(null)
  const ask = (hours: number) => {
    setFailed(null)
    setResult(null)
    testRule(api, id, hours).then(setResult, setFailed)
  }
  return (
    <section className="rule-test">
      <div className="dialog-actions">
        {([1, 24] as const).map((hours) => (
          <button key={hours} type="button" className="button button-small" onClick={() => ask(hours)}>
            {t('rule.test', { time: format.duration(hours * 3_600) })}
          </button>
        ))}
      </div>
      {failed !== null && (
        <p className="form-error" role="alert">
          {t('rule.testFailed')} {errorText(t, failed)}
        </p>
      )}
      {result !== null && (
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
    NUMBERS.map(([name]) => {
      const nothing = SECONDS.has(name) ? 0 : null
      return [name, text(name) === '' ? nothing : Number(text(name))]
    }),
  )
  return {
    component: text('component'),
    host: text('host') || null,
    comparison: text('comparison') === 'below' ? 'below' : 'above',
    no_data: text('no_data'),
    enabled: fields.get('enabled') !== null,
    ...numbers,
  } as NewRule
}
