import type { ReactNode } from 'react'
import { Icon, type IconName } from '../components/Icon'
import { useLanguage } from '../i18n'

export interface ToolbarProps {
  canRun: boolean
  running: boolean
  online: boolean
  onRun: () => void
  onCancel: () => void
  onFormat: () => void
  onExplain: () => void
  /** Left of the buttons, as the data source. */
  before?: ReactNode
  children?: ReactNode
}

/** Run and cancel, and what else one does with a statement. */
export function Toolbar({
  canRun,
  running,
  online,
  onRun,
  onCancel,
  onFormat,
  onExplain,
  before,
  children,
}: ToolbarProps) {
  const { t } = useLanguage()
  const blocked = !canRun || !online
  return (
    <div className="toolbar" role="toolbar" aria-label={t('console.toolbar')}>
      {running ? (
        <button type="button" className="button button-danger" data-testid="cancel" onClick={onCancel}>
          <Icon name="stop" />
          {t('console.cancel')}
          <kbd>{ESCAPE}</kbd>
        </button>
      ) : (
        <button
          type="button"
          className="button-primary"
          data-testid="run"
          disabled={blocked}
          title={t('console.run.hint')}
          onClick={onRun}
        >
          <Icon name="play" />
          {t('console.run')}
          <kbd>{IS_MAC ? '⌘↵' : 'Ctrl ↵'}</kbd>
        </button>
      )}
      {before}
      <ToolButton icon="format" text={t('console.format')} disabled={!canRun} onClick={onFormat} />
      <ToolButton icon="plan" text={t('console.explain')} disabled={blocked || running} onClick={onExplain} />
      {children}
    </div>
  )
}

export interface CountRowsProps {
  on: boolean
  disabled: boolean
  onChange: (on: boolean) => void
}

/** Whether the rows are counted first, so that progress is a share of the whole. */
export function CountRows({ on, disabled, onChange }: CountRowsProps) {
  const { t } = useLanguage()
  return (
    <label className="check" title={t('console.count.hint')}>
      <input
        type="checkbox"
        checked={on}
        disabled={disabled}
        data-testid="count-rows"
        onChange={(event) => onChange(event.target.checked)}
      />
      {t('console.count')}
    </label>
  )
}

const ESCAPE = 'Esc'
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent)

export interface ToolButtonProps {
  icon: IconName
  text: string
  disabled?: boolean
  pressed?: boolean
  onClick: () => void
}

/** An icon with its name beside it where there is room; the name is always there for readers. */
export function ToolButton({ icon, text, disabled = false, pressed, onClick }: ToolButtonProps) {
  return (
    <button
      type="button"
      className="button tool"
      title={text}
      disabled={disabled}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span className="button-text">{text}</span>
    </button>
  )
}
