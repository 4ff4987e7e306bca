import { describe, expect, test } from 'vitest'
import { Bytes, cellText, Decimal, decodeCell, decodeRow } from '../../src/client/query/cells'
import { Rows } from '../../src/client/query/rows'

describe('a cell', () => {
  test('beyond 2^53 stays exact', () => {
    expect(decodeCell({ i: '9007199254740993' })).toBe(9007199254740993n)
    expect(cellText(decodeCell({ i: '-9223372036854775808' }))).toBe('-9223372036854775808')
  })

  test('may be infinite, a decimal or not a number', () => {
    expect(decodeCell({ f: '-Infinity' })).toBe(Number.NEGATIVE_INFINITY)
    expect(decodeCell({ f: 'NaN' })).toBeNaN()
    expect(decodeCell({ n: '1.10' })).toEqual(new Decimal('1.10'))
    expect(cellText(new Decimal('1.10'))).toBe('1.10')
  })

  test('of bytes shows them as SQL writes them, and how many there are', () => {
    const bytes = decodeCell({ b: 'AP8Q' }) as Bytes
    expect([cellText(bytes), bytes.length, bytes.kind]).toEqual(["x'00ff10'", 3, 'blob'])
    expect(new Bytes(btoa('x'.repeat(40)), 'blob').length).toBe(40)
  })

  test('without a value says NULL, and an empty text says nothing', () => {
    expect([cellText(null), cellText('')]).toEqual(['NULL', ''])
  })

  test('of plain values costs no new row', () => {
    const row = [1, 'a', null, true]
    expect(decodeRow(row)).toBe(row)
  })
})

test('a chunk that comes twice is counted once', () => {
  const rows = new Rows()
  rows.start([{ name: 'a', type: 'integer' }], null)
  expect(rows.push(1, [[1], [2]])).toBe(true)
  expect(rows.push(1, [[1], [2]])).toBe(false)
  expect(rows.push(2, [[3]])).toBe(true)
  expect([rows.all, rows.chunks.length]).toEqual([[[1], [2], [3]], 2])
})
