/** Texts of the page for strangers and of the card. */
export const publicPage = {
  'public.title': 'Status',
  'public.allWell': 'All {count} machines are well.',
  'public.oneWell': 'The machine is well.',
  'public.trouble': '{count} of {all} machines need attention.',
  'public.none': 'No machine reports yet.',
  'public.failed': 'The server can’t be reached right now; trying again.',
  'public.open': 'Wrong right now',
  'public.since': 'for {duration}',
  'public.signIn': 'Sign in',
  'public.unknown': 'There is no machine of this name.',
  'public.offTitle': 'This page is not public',
  'public.off': 'Whoever runs this Presence has not opened it to strangers. Sign in to see more.',
} as const
