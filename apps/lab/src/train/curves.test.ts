import { describe, expect, it } from 'vitest'
import { joinCurves, lossCurves, measuredCurve } from './curves.ts'

const record = (epoch: number, step: number, loss: number, accuracy: number) => ({
  ...{ epoch, step, loss, validation: { loss, accuracy }, seconds: 1 },
})

describe('lossCurves', () => {
  it('has every step of a short run, a mean of what was seen, and what is held out where it was measured', () => {
    const [steps, batch, mean, held] = lossCurves([4, 2], [record(1, 2, 3, 0.5)])
    expect(steps).toEqual([1, 2])
    expect(batch).toEqual([4, 2])
    expect(mean[0]).toBe(4)
    // (0.95·4 + 2) / (0.95 + 1)
    expect(mean[1]).toBeCloseTo(5.8 / 1.95, 12)
    expect(held).toEqual([null, 3])
  })

  it('shows means of neighbours where there are many steps, the last step included', () => {
    const [steps, batch] = lossCurves(
      Array.from({ length: 1001 }, (_, i) => i),
      [],
    )
    expect(steps.length).toBeLessThanOrEqual(241)
    expect(steps.at(-1)).toBe(1001)
    // Five at a time: 0 … 4.
    expect(batch[0]).toBe(2)
  })
})

it('measuredCurve has one point a step, the latest measurement included', () => {
  const measured = { step: 7, figures: { accuracy: 0.9 }, confusion: [], judged: [] }
  expect(measuredCurve([record(1, 5, 1, 0.5)], measured, 'accuracy')).toEqual([
    [5, 7],
    [0.5, 0.9],
  ])
})

it('joinCurves lays curves over the steps of all', () => {
  expect(
    joinCurves([
      [
        [1, 3],
        [10, 30],
      ],
      [
        [2, 3],
        [0.2, 0.3],
      ],
    ]),
  ).toEqual([
    [1, 2, 3],
    [10, null, 30],
    [null, 0.2, 0.3],
  ])
})
