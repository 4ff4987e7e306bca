/** Texts of the alerts pages. */
export const alerts = {} as const
