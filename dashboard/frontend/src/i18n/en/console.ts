/** Texts of the console pages. */
export const console = {} as const
