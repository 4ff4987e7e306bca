import { expect, test } from 'vitest'
import { fieldErrors, restOfError } from '../../src/app/fieldErrors'
import { ApiError } from '../../src/client/errors'
import { translator } from '../../src/i18n/translate'

const t = translator('en')
const refused = new ApiError(400, 'INVALID_REQUEST', 'ends_at: Must be later.', {
  ends_at: ['Must be later.'],
  non_field_errors: ['Set a threshold.'],
})

test('a refusal tells of each field, another failure of none', () => {
  expect(fieldErrors(refused).ends_at).toEqual(['Must be later.'])
  expect(fieldErrors(new ApiError(503, 'UNAVAILABLE', ''))).toEqual({})
})

test('what is wrong deep within a form is told too', () => {
  const details = { recurrence: { weekdays: ['Choose a day.'] } } as unknown as Record<string, string[]>
  expect(restOfError(t, new ApiError(400, 'INVALID_REQUEST', '', details), [])).toBe('Choose a day.')
})

test('what no field tells is told below', () => {
  expect(restOfError(t, refused, ['ends_at'])).toBe('Set a threshold.')
  expect(restOfError(t, refused, ['ends_at', 'non_field_errors'])).toBe(t('error.invalid'))
  expect(restOfError(t, new ApiError(0, 'NETWORK', ''), [])).toBe(t('error.NETWORK'))
  expect(restOfError(t, null, [])).toBe('')
})
