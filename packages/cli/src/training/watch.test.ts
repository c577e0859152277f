import { expect, it } from 'vitest'
import { lineWithin } from './watch.ts'

/** Shares of an epoch of `steps` steps and so many seconds at which there is a line. */
function lines(steps: number, seconds: number): { readonly share: number; readonly at: number }[] {
  let time = 0
  const isDue = lineWithin(() => 1000 * time)
  const said: { readonly share: number; readonly at: number }[] = []
  for (let step = 1; step <= steps; step++) {
    time = (step * seconds) / steps
    const share = step / steps
    if (isDue(share)) said.push({ share, at: time })
  }
  return said
}

it('a short epoch has no line within', () => {
  expect(lines(1000, 29)).toEqual([])
})

it('an epoch of minutes has one every half a minute, and none at its end', () => {
  expect(lines(1000, 120).map(({ at }) => Math.round(at))).toEqual([30, 60, 90])
})

it('a longer epoch has one every tenth', () => {
  const found = lines(1000, 2000).map(({ share }) => Math.round(10 * share))
  expect(found).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})

it('an epoch of hours has one every five minutes', () => {
  const found = lines(10_000, 7200).map(({ at }) => at)
  const gaps = found.map((at, i) => at - (found[i - 1] ?? 0))
  for (const gap of gaps) expect(gap).toBeLessThan(302)
  expect(found.length).toBeGreaterThan(20)
})
