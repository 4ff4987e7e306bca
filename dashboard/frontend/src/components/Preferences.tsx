import { useStore } from 'zustand'
import { choose } from '../app/preferences'
import { THEMES, themeStore } from '../app/theme'
import { useLanguage } from '../i18n'
import { Icon } from './Icon'

/** Language and theme. */
export function Preferences() {
  const { locale, setLocale, t } = useLanguage()
  const theme = useStore(themeStore, (state) => state.theme)
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  const themeLabel = t('nav.theme', { theme: t(`theme.${theme}`) })
  const other = locale === 'en' ? 'zh-Hans' : 'en'
  return (
    <>
      <button
        type="button"
        className="icon-button"
        data-testid="switch-language"
        lang={other}
        title={t('nav.switchLanguage')}
        aria-label={t('nav.switchLanguage')}
        onClick={() => setLocale(other)}
      >
        <span aria-hidden="true">{locale === 'en' ? '中' : 'EN'}</span>
      </button>
      <button
        type="button"
        className="icon-button"
        data-testid="switch-theme"
        title={themeLabel}
        aria-label={themeLabel}
        onClick={() => choose({ theme: next })}
      >
        <Icon name={theme} />
      </button>
    </>
  )
}
