import { beforeEach, describe, expect, test } from 'vitest'
import { PresenceClient } from '../../src/client/client'
import { type Stores, storesFor } from '../../src/store'
import { mergeAlerts, replaceFiring } from '../../src/store/alerts'
import { alert, status } from '../samples'

let client: PresenceClient
let stores: Stores

beforeEach(() => {
  client = new PresenceClient({ url: 'ws://unused' })
  stores = storesFor(client)
})

describe('statuses', () => {
  const view = () => stores.statuses.getState().byHost.a

  test('history and live updates meet without duplicates', () => {
    client.emit('status_update', { host: 'a', status: status(3_000, 3), changes: [], timestamp: 3_000 })
    client.emit('history_data', {
      type: 'status',
      data: [status(1_000, 1), status(2_000, 2), status(3_000, 3)],
    })
    client.emit('status_update', { host: 'a', status: status(4_000, 4), changes: [], timestamp: 4_000 })
    expect(view()?.status.cpuUsage).toBe(4)
    expect(view()?.recent.map(({ timestamp }) => timestamp)).toEqual([1_000, 2_000, 3_000, 4_000])
    expect([...stores.rings.of('a').time()]).toEqual([1_000, 2_000, 3_000, 4_000])
  })

  test('the last process list stays until the next', () => {
    const processes = [{ pid: 1, name: 'init', cpu: 1, memory: 2 }]
    client.emit('history_data', { type: 'status', data: [status(1, 1, { processes }), status(2)] })
    expect(view()?.processes).toEqual(processes)
  })

  test('an empty history still says that it was loaded', () => {
    expect(stores.statuses.getState().loaded).toBe(false)
    client.emit('history_data', { type: 'status', data: [] })
    expect(stores.statuses.getState().loaded).toBe(true)
  })
})

describe('alerts', () => {
  const ids = () => stores.alerts.getState().alerts.map(({ id }) => id)

  test('open ones come first, the most urgent on top', () => {
    const recovered = alert(1, { state: 'recovered', timestamp: 9_000 })
    const merged = mergeAlerts(
      [],
      [recovered, alert(2), alert(3, { level: 'critical' }), alert(4, { timestamp: 2_000 })],
    )
    expect(merged.map(({ id }) => id)).toEqual([3, 4, 2, 1])
  })

  test('a recovery replaces what fired, and an older message does not bring it back', () => {
    client.emit('health_alert', { alert: alert(1) })
    client.emit('health_recovery', { alert: alert(1, { state: 'recovered', timestamp: 2_000 }) })
    client.emit('history_data', { type: 'health', data: [alert(1)] })
    expect(stores.alerts.getState().alerts).toEqual([alert(1, { state: 'recovered', timestamp: 2_000 })])
  })

  test('what ended while nobody listened is no longer open', () => {
    client.emit('history_data', { type: 'health', data: [alert(1), alert(2)] })
    client.emit('health_alert', { alert: alert(3, { timestamp: 6_000 }) })
    replaceFiring(stores.alerts, [alert(2)], 5_000)
    expect(ids()).toEqual([3, 2])
  })
})

test('the connection store forgets the trouble once the connection stands', () => {
  client.getHistory('status', 1)
  for (let count = 0; count < 100; count += 1) client.getHistory('status', 1)
  expect(stores.connection.getState().error?.code).toBe('QUEUE_OVERFLOW')
  client.emit('state', { ...client.snapshot, state: 'connected' })
  expect(stores.connection.getState()).toMatchObject({ state: 'connected', error: null })
})
