/** Texts of the explore pages. */
export const explore = {} as const
