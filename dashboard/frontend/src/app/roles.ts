import type { SessionUser } from '../client/api'

export type Role = 'viewer' | 'operator' | 'analyst' | 'admin'

/** Whether `user` may act as `role`. What they may not is left out of the page; the server refuses it anyway. */
export function hasRole(user: SessionUser, role: Role): boolean {
  return user.roles.includes(role)
}
