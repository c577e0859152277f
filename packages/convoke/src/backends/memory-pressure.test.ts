import { expect, test } from 'vitest'
import { createPressure } from './memory-pressure.ts'

const MiB = 2 ** 20

/** Allocates `each` bytes `times` over; a collection frees what `freed` says of what is held. */
function run(each: number, times: number, freed: (held: number) => number) {
  let [held, most, collections] = [0, 0, 0]
  const pressure = createPressure(() => {
    collections++
    held -= freed(held)
  })
  for (let i = 0; i < times; i++) {
    pressure.add(each, () => held)
    held += each
    most = Math.max(most, held)
  }
  return { most, collections }
}

test('what is forgotten at once never grows far beyond 128 MiB', () => {
  const { most, collections } = run(4 * MiB, 10_000, (held) => held)
  expect(most).toBeLessThanOrEqual(136 * MiB)
  expect(collections).toBeLessThanOrEqual(40_000 / 128 + 1)
})

test('what is held on to is looked through ever less often', () => {
  const { most, collections } = run(4 * MiB, 10_000, () => 0)
  expect(most).toBe(40_000 * MiB)
  expect(collections).toBeLessThan(20)
})

test('what is disposed of in time is never collected', () => {
  let collections = 0
  const pressure = createPressure(() => collections++)
  for (let i = 0; i < 1000; i++) {
    pressure.add(100 * MiB, () => 0)
    pressure.fall(0)
  }
  expect(collections).toBe(0)
})

test('after a large release, garbage is collected as early as at first', () => {
  let [held, collections] = [0, 0]
  const pressure = createPressure(() => collections++)
  for (let i = 0; i < 100; i++) {
    pressure.add(64 * MiB, () => held)
    held += 64 * MiB
  }
  held = 0
  pressure.fall(held)
  collections = 0
  // Patience was learnt from what could not be freed: sixteen times 128 MiB at most.
  for (let i = 0; i < 33; i++) {
    pressure.add(64 * MiB, () => held)
    held += 64 * MiB
  }
  expect(collections).toBeGreaterThan(0)
})
