import { useId } from 'react'
import type { Parameter } from '../client/query/api'
import { useLanguage } from '../i18n'
import { parameterText, parameterValue } from './parameters'

const INPUT = { text: 'text', number: 'number', datetime: 'datetime-local' } as const

export interface ParameterFieldsProps {
  parameters: readonly Parameter[]
  /** What was typed, by name. */
  texts: Record<string, string>
  onChange: (texts: Record<string, string>) => void
}

/** A field for each `:name` of the statement. */
export function ParameterFields({ parameters, texts, onChange }: ParameterFieldsProps) {
  const { t } = useLanguage()
  if (parameters.length === 0) return null
  return (
    <fieldset className="parameters" data-testid="parameters">
      <legend className="sr-only">{t('console.parameters')}</legend>
      {parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          text={texts[parameter.name] ?? parameterText(parameter)}
          onText={(text) => onChange({ ...texts, [parameter.name]: text })}
        />
      ))}
    </fieldset>
  )
}

interface ParameterFieldProps {
  parameter: Parameter
  text: string
  onText: (text: string) => void
}

function ParameterField({ parameter: { name, type, label }, text, onText }: ParameterFieldProps) {
  const { t } = useLanguage()
  const id = useId()
  return (
    <span className="parameter">
      <label htmlFor={id}>{label || name}</label>
      {type === 'boolean' ? (
        <select id={id} value={text} onChange={(event) => onText(event.target.value)}>
          <option value="true">{t('console.parameters.true')}</option>
          <option value="false">{t('console.parameters.false')}</option>
        </select>
      ) : (
        <input
          id={id}
          type={INPUT[type]}
          step="any"
          value={text}
          aria-invalid={parameterValue(type, text) === undefined}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </span>
  )
}
