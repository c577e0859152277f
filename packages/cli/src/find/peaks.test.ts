import { describe, expect, it } from 'vitest'
import { bestPlace, findPeaks } from './peaks.ts'

const mapOf = (rows: readonly (readonly number[])[]) => ({
  width: rows[0].length,
  height: rows.length,
  scores: Float32Array.from(rows.flat()),
})

describe('peaks of a map of scores', () => {
  it('are places that no neighbour outdoes, the first of equal ones', () => {
    const map = mapOf([
      [0.5, 0.5, 0, 0, 0.75],
      [0.5, 0.5, 0, 0, 0.25],
      [0, 0, 0, 0, 0],
    ])
    const found = findPeaks(map, { width: 1, height: 1 }, 0.25, 10)
    expect(found).toEqual([
      { left: 4, top: 0, score: 0.75 },
      { left: 0, top: 0, score: 0.5 },
    ])
  })
  it('give way to better ones less than half a template away on both axes', () => {
    const row = new Array(40).fill(0)
    row[10] = 1
    row[13] = 0.5
    row[15] = 0.75
    row[6] = 0.625
    const left = findPeaks(mapOf([row]), { width: 10, height: 10 }, 0.25, 10).map((place) => place.left)
    expect(left).toEqual([10, 15])
    expect(findPeaks(mapOf([row]), { width: 2, height: 2 }, 0.25, 3).map((place) => place.left)).toEqual([10, 15, 6])
  })
  it('are never NaN', () => {
    expect(findPeaks(mapOf([[Number.NaN, 0.5]]), { width: 1, height: 1 }, 0, 5)).toHaveLength(1)
    expect(bestPlace(mapOf([[Number.NaN, -0.5, -0.25]]))).toEqual({ left: 2, top: 0, score: -0.25 })
    expect(bestPlace(mapOf([[Number.NaN]]))).toBeUndefined()
  })
})
