import { expect, test } from 'vitest'
import { type Draw, drawDue } from '../../src/charts/loop'

test('a frame draws a few, and everybody gets their turn', () => {
  const drawn: string[] = []
  const drawing =
    (name: string): Draw =>
    () => {
      drawn.push(name)
      return true
    }
  const queue = new Set(['a', 'b', 'c', 'd', 'e'].map(drawing))
  drawDue(queue, 2)
  drawDue(queue, 2)
  drawDue(queue, 2)
  expect(drawn).toEqual(['a', 'b', 'c', 'd', 'e', 'a'])
})

test('what has nothing to draw keeps nobody waiting', () => {
  const drawn: number[] = []
  const idle = Array.from({ length: 10 }, (): Draw => () => false)
  drawDue(new Set([...idle, () => drawn.push(1) > 0]), 1)
  expect(drawn).toEqual([1])
})
