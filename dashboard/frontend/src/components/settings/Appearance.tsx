import { useId } from 'react'
import { useStore } from 'zustand'
import { choose, preferencesStore } from '../../app/preferences'
import { THEMES } from '../../app/theme'
import { useLanguage } from '../../i18n'

/** Language, theme, units and density: each takes effect at once. */
export function Appearance() {
  const { t } = useLanguage()
  const { language, theme, units, density } = useStore(preferencesStore)
  return (
    <section className="panel settings-panel" aria-labelledby="settings-appearance">
      <h2 id="settings-appearance" className="panel-title">
        {t('settings.appearance')}
      </h2>
      <p className="settings-lead">{t('settings.appearanceLead')}</p>
      <Choice
        name="language"
        label={t('settings.language')}
        value={language}
        options={[
          ['', t('settings.language.browser')],
          ['en', 'English'],
          ['zh-Hans', '简体中文'],
        ]}
        onChoose={(value) => choose({ language: value })}
      />
      <Choice
        name="theme"
        label={t('settings.theme')}
        value={theme}
        options={THEMES.map((one) => [one, t(`settings.theme.${one}`)])}
        onChoose={(value) => choose({ theme: value })}
      />
      <Choice
        name="units"
        label={t('settings.units')}
        value={units}
        options={[
          ['binary', t('settings.units.binary')],
          ['decimal', t('settings.units.decimal')],
        ]}
        onChoose={(value) => choose({ units: value })}
      />
      <Choice
        name="density"
        label={t('settings.density')}
        value={density}
        options={[
          ['comfortable', t('settings.density.comfortable')],
          ['compact', t('settings.density.compact')],
        ]}
        onChoose={(value) => choose({ density: value })}
      />
    </section>
  )
}

interface ChoiceProps<Value extends string> {
  name: string
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChoose: (value: Value) => void
}

function Choice<Value extends string>({ name, label, value, options, onChoose }: ChoiceProps<Value>) {
  const id = useId()
  return (
    <div className="settings-choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} name={name} value={value} onChange={(event) => onChoose(event.target.value as Value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
