import { expect, it } from 'vitest'
import { smoothLength } from './smooth-length.ts'

const isSmooth = (n: number): boolean => {
  let rest = n
  for (const prime of [2, 3, 5, 7]) while (rest % prime === 0) rest /= prime
  return rest === 1
}

it('is the next product of 2, 3, 5 and 7', () => {
  for (let length = 1; length <= 3000; length++) {
    let expected = length
    while (!isSmooth(expected)) expected++
    expect(smoothLength(length)).toBe(expected)
  }
  for (const [length, expected] of [
    [2 ** 22, 2 ** 22],
    [2 ** 22 - 1, 2 ** 22],
    [2_302, 2_304],
    [3_023_999, 3_024_000],
  ])
    expect(smoothLength(length)).toBe(expected)
})
