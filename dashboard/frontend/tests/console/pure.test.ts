import { describe, expect, test } from 'vitest'
import { Bytes, type Cell, Decimal } from '../../src/client/query/cells'
import { chartPicture, suggestChart } from '../../src/console/chartable'
import { csvCell, tableText } from '../../src/console/copy'
import { namedViews } from '../../src/console/editor/completion'
import { askedParameters, parameterNames, parameterText, parameterValue } from '../../src/console/parameters'
import { type Direction, rowComparison, sortInSlices, sortSteps } from '../../src/console/sort'

const columns = (...names: string[]) => names.map((name) => ({ name, type: 'unknown' as const }))

function sorted(rows: Cell[][], direction: Direction): Cell[] {
  const steps = sortSteps(rows.length, rowComparison(rows, 0, direction))
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return [...step.value].map((index) => rows[index]?.[0] ?? null)
  }
}

describe('sorting', () => {
  test('puts numbers before texts before bytes, and NULL last both ways', () => {
    const rows: Cell[][] = [
      ['b'],
      [null],
      [2],
      [9007199254740993n],
      [new Bytes('AA==', 'blob')],
      ['a'],
      [1.5],
    ]
    const up = sorted(rows, 'ascending')
    expect(up.slice(0, 5)).toEqual([1.5, 2, 9007199254740993n, 'a', 'b'])
    expect(up.at(-1)).toBeNull()
    expect(sorted(rows, 'descending').at(-1)).toBeNull()
  })

  test('knows that 10 is more than 9.5, also as decimals', () => {
    expect(sorted([[new Decimal('10')], [new Decimal('9.5')]], 'ascending').map(String)).toEqual([
      '9.5',
      '10',
    ])
  })

  test('of 20,000 rows agrees with a plain sort and is stable', () => {
    const rows: Cell[][] = Array.from({ length: 20_000 }, (_, index) => [(index * 7_919) % 100, index])
    const steps = sortSteps(rows.length, rowComparison(rows, 0, 'ascending'))
    let step = steps.next()
    while (!step.done) step = steps.next()
    const expected = [...rows.keys()].sort((a, b) => Number(rows[a]?.[0]) - Number(rows[b]?.[0]))
    expect([...step.value]).toEqual(expected)
  })

  test('pauses, and stops when it is called off', async () => {
    const abort = new AbortController()
    let pauses = 0
    let clock = 0
    const slices = {
      now: () => (clock += 5),
      pause: async () => {
        pauses += 1
        if (pauses === 3) abort.abort()
      },
      signal: abort.signal,
    }
    expect(await sortInSlices(50_000, (a, b) => b - a, slices)).toBeNull()
    expect(pauses).toBe(3)
  })
})

describe('copying', () => {
  test('tells NULL from an empty text, and quotes what needs it', () => {
    expect([null, '', 'a,b', 'say "x"', 'two\nlines'].map(csvCell)).toEqual([
      '',
      '""',
      '"a,b"',
      '"say ""x"""',
      '"two\nlines"',
    ])
  })

  test('writes names first, with tabs for spreadsheets and commas for files', () => {
    const rows: Cell[][] = [
      [1, 'a\tb'],
      [9007199254740993n, null],
    ]
    expect(tableText(columns('n', 't'), rows, 'tsv')).toBe('n\tt\n1\t"a\tb"\n9007199254740993\t\n')
    expect(tableText(columns('n', 't'), rows, 'csv')).toBe('n,t\r\n1,a\tb\r\n9007199254740993,\r\n')
  })
})

describe('a chart', () => {
  test('draws numbers over the first time as a line, in the order of time', () => {
    const rows: Cell[][] = [
      ['2026-01-01 00:02:00', 3, 'x'],
      ['2026-01-01 00:01:00', null, 'y'],
    ]
    const choice = suggestChart(columns('time', 'cpu', 'host'), rows)
    expect(choice).toEqual({ kind: 'line', x: 0, y: [1] })
    const picture = chartPicture(rows, choice as never)
    const minute = Date.UTC(2026, 0, 1, 0, 1) / 1_000
    expect(picture).toMatchObject({
      time: true,
      data: [
        [minute, minute + 60],
        [null, 3],
      ],
    })
  })

  test('draws numbers by name as bars, in the order of the rows', () => {
    const rows: Cell[][] = [
      ['disk', 2],
      ['cpu', 9n],
    ]
    const choice = suggestChart(columns('component', 'alerts'), rows)
    expect(choice).toEqual({ kind: 'bar', x: 0, y: [1] })
    const picture = chartPicture(rows, choice as never)
    expect(picture).toMatchObject({
      labels: ['disk', 'cpu'],
      data: [
        [0, 1],
        [2, 9],
      ],
    })
  })

  test('is not offered where nothing is a number', () => {
    expect(suggestChart(columns('name'), [['a'], ['b']])).toBeNull()
  })

  test('of many bars shows the first ones and says so', () => {
    const rows: Cell[][] = Array.from({ length: 500 }, (_, index) => [`n${index}`, index])
    const picture = chartPicture(rows, { kind: 'bar', x: 0, y: [1] })
    expect([picture.cut, picture.labels?.length]).toEqual([true, 200])
  })
})

describe('parameters', () => {
  test('are the names after a colon, but not in strings, comments and casts', () => {
    const sql = "select ':no', a::text -- :no\n from t where x > :least and y = :host /* :no */ or x = :least"
    expect(parameterNames(sql)).toEqual(['least', 'host'])
  })

  test('are asked for as they were saved, else as their names suggest', () => {
    const known = [{ name: 'host', type: 'text', default: 'db-1' } as const]
    expect(askedParameters('select :host, :from, :limit', known).map(({ type }) => type)).toEqual([
      'text',
      'datetime',
      'number',
    ])
  })

  test('become values of their type, and nonsense is none', () => {
    expect(parameterValue('number', '1.5')).toBe(1.5)
    expect(parameterValue('number', 'x')).toBeUndefined()
    expect(parameterValue('number', '')).toBeNull()
    expect(parameterValue('boolean', 'true')).toBe(true)
    expect(parameterValue('datetime', '2026-01-01T00:00')).toBe(Date.parse('2026-01-01T00:00'))
  })

  test('of a time are put into the field as local time', () => {
    const at = new Date(2026, 0, 2, 3, 4).getTime()
    expect(parameterText({ name: 'from', type: 'datetime', default: at })).toBe('2026-01-02T03:04')
  })
})

test('columns are offered of the views that the statement names', () => {
  const views = ['hosts', 'alerts'].map((name) => ({ name, columns: [] }))
  expect(namedViews('select  from Alerts a', views).map(({ name }) => name)).toEqual(['alerts'])
})
