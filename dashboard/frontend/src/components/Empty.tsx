import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon'

export interface EmptyProps {
  icon: IconName
  title: string
  text?: string
  role?: 'alert' | 'status'
  /** What people may do about it. */
  children?: ReactNode
}

/** A whole page or panel without content, and why: nothing there, not allowed, or it could not be loaded. */
export function Empty({ icon, title, text, role, children }: EmptyProps) {
  return (
    <div className="empty" role={role}>
      <Icon name={icon} className="empty-icon" />
      <h2 className="empty-title">{title}</h2>
      {text && <p className="empty-text">{text}</p>}
      {children && <div className="empty-actions">{children}</div>}
    </div>
  )
}
