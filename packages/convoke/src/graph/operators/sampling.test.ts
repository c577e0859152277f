import { describe, expect, it } from 'vitest'
import { gradients } from '../../autodiff/index.ts'
import { multiply, sum } from '../../ops/index.ts'
import { fromData, tensor } from '../../tensor/create.ts'
import { expectClose, made, numbersOf, resultOf, runOperator, shapeOf, whole } from '../../testing/run-operator.ts'
import { Value } from '../value.ts'

// 1 2
// 3 4
const x = made([1, 2, 3, 4], [1, 1, 2, 2])
const at = (...places: number[]): Value => made(places, [1, 1, places.length / 2, 2])

describe('GridSample', () => {
  it('reads between elements, the last axis first', () => {
    // The centre is the mean; (x 0.5, y −0.5) the upper right element's centre.
    expectClose(resultOf('GridSample', { inputs: [x, at(0, 0, 0.5, -0.5)] }), [2.5, 2])
  })

  it('takes what is outside for zeros, for the edge, or for the mirrored picture', () => {
    // At x = 1 half of what is read lies outside: (2 + 0) / 2.
    const inputs = [x, at(1, -0.5)]
    expectClose(resultOf('GridSample', { inputs }), [1])
    expectClose(resultOf('GridSample', { inputs, attributes: { padding_mode: 'border' } }), [2])
    expectClose(resultOf('GridSample', { inputs, attributes: { padding_mode: 'reflection' } }), [2])
    // x = 1.5 is pixel 2; the edge that mirrors lies at 1.5: pixel 1.
    expectClose(resultOf('GridSample', { inputs: [x, at(1.5, -0.5)], attributes: { padding_mode: 'reflection' } }), [2])
  })

  it('has the corners at −1 and 1 where that is asked for', () => {
    const attributes = { align_corners: 1, padding_mode: 'reflection' }
    // Beyond a corner by a whole width: the other corner.
    expectClose(resultOf('GridSample', { inputs: [x, at(-1, -1, 1, 1, 3, 1)], attributes }), [1, 4, 3])
  })

  it('rounds halves to even where it takes the nearest', () => {
    const row = made([1, 2, 3, 4], [1, 1, 1, 4])
    // Pixels 0.5 and 1.5 of four.
    expectClose(resultOf('GridSample', { inputs: [row, at(-0.5, 0, 0, 0)], attributes: { mode: 'nearest' } }), [1, 3])
  })

  it('follows a straight line where it is cubic', () => {
    const row = made([0, 1, 2, 3, 4, 5], [1, 1, 1, 6])
    // Pixel 2.5 by symmetry of the weights (−3 + 19 + 19 − 3) / 32.
    expectClose(
      resultOf('GridSample', { inputs: [row, at(0, 0)], attributes: { mode: 'cubic', padding_mode: 'border' } }),
      [2.5],
    )
  })

  it('brings each of the four elements of a cubic to the edge', () => {
    const row = made([0, 1, 2, 3, 4, 5], [1, 1, 1, 6])
    const run = { inputs: [row, at(-0.5 / 6 - 1, 0)], attributes: { mode: 'cubic', padding_mode: 'border' } }
    // Pixel −0.75 reads 0, 0, 0 and 1; the last by −0.75 · (1.75³ − 5 · 1.75² + 8 · 1.75 − 4).
    expectClose(resultOf('GridSample', run), [-0.03515625])
  })

  it('reads volumes', () => {
    const volume = made([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 2, 2])
    const grid = made([0, 0, 0, -0.5, -0.5, 0.5], [1, 1, 1, 2, 3])
    expectClose(resultOf('GridSample', { inputs: [volume, grid] }), [4.5, 5])
  })

  it('has gradients for the picture and the places', () => {
    const [picture, grid] = [fromData([1, 2, 3, 4], [1, 1, 2, 2], 'float32'), tensor([[[[0, 0]]]])]
    const run = (): Value => runOperator('GridSample', { inputs: [Value.of(picture), Value.of(grid)] })[0] as Value
    const [ofPicture, ofGrid] = gradients(() => sum(multiply(run().plain, 2)), [picture, grid])
    expectClose(Array.from(ofPicture.dataSync()), [0.5, 0.5, 0.5, 0.5])
    // A step of 1 in x moves by a pixel, which adds 1; in y, 2; all doubled.
    expectClose(Array.from(ofGrid.dataSync()), [2, 4])
  })

  it('reads nothing for no places, and survives what is not a number', () => {
    expect(shapeOf(runOperator('GridSample', { inputs: [x, made([], [1, 0, 3, 2])] })[0])).toEqual([1, 1, 0, 3])
    expect(resultOf('GridSample', { inputs: [x, at(Number.NaN, 0)] }).length).toBe(1)
  })
})

describe('AffineGrid', () => {
  it('places centres, or corners, by each map', () => {
    const inputs = [made([1, 0, 0.5, 0, 2, 0], [1, 2, 3]), whole([1, 1, 2, 2])]
    expectClose(resultOf('AffineGrid', { inputs }), [0, -1, 1, -1, 0, 1, 1, 1])
    const corners = resultOf('AffineGrid', { inputs, attributes: { align_corners: 1 } })
    expectClose(corners, [-0.5, -2, 1.5, -2, -0.5, 2, 1.5, 2])
  })
})

describe('CenterCropPad', () => {
  it('cuts before the centre and fills after it where the rest is odd', () => {
    const row = made([1, 2, 3, 4], [1, 4])
    expect(resultOf('CenterCropPad', { inputs: [row, whole([1])], attributes: { axes: [-1] } })).toEqual([2])
    expect(resultOf('CenterCropPad', { inputs: [row, whole([2, 5])] })).toEqual([1, 2, 3, 4, 0, 0, 0, 0, 0, 0])
  })
})

describe('NonMaxSuppression', () => {
  // The second overlaps the first by 1/3, the third touches nothing.
  const boxes = made([0, 0, 2, 2, 0, 3, 2, 1, 10, 10, 11, 11], [1, 3, 4])
  const scores = made([0.8, 0.9, 0.1], [1, 1, 3])
  const kept = (most: number, limit: number, least?: number): number[] =>
    resultOf('NonMaxSuppression', {
      inputs: [
        boxes,
        scores,
        whole([most], []),
        made([limit], []),
        ...(least === undefined ? [] : [made([least], [])]),
      ],
    })

  it('keeps the better of two that overlap by more than the limit', () => {
    expect(kept(9, 0.3)).toEqual([0, 0, 1, 0, 0, 2])
    expect(kept(9, 0.34)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 2])
  })

  it('keeps as many as it may, and only those above the least score', () => {
    expect(kept(1, 1)).toEqual([0, 0, 1])
    expect(kept(0, 1)).toEqual([])
    expect(kept(9, 1, 0.8)).toEqual([0, 0, 1])
    expect(shapeOf(runOperator('NonMaxSuppression', { inputs: [boxes, scores] })[0])).toEqual([0, 3])
  })
})

describe('RoiAlign and MaxRoiPool', () => {
  // 0 1 2 3 in every row: the value is the column.
  const ramp = made(
    [...Array(4)].flatMap(() => [0, 1, 2, 3]),
    [1, 1, 4, 4],
  )

  it('averages samples of each bin', () => {
    const inputs = [ramp, made([0, 0, 4, 4], [1, 4]), whole([0])]
    const attributes = { output_height: 1, output_width: 2, sampling_ratio: 2 }
    // Half a pixel to the left, samples stand at 0, 1 and 2, 3.
    expectClose(resultOf('RoiAlign', { inputs, attributes }), [0.5, 2.5])
    // Without it at 0.5, 1.5 and 2.5, 3 (what is beyond the last centre is the last).
    expectClose(resultOf('RoiAlign', { inputs, attributes, version: 10 }), [1, 2.75])
  })

  it('takes the largest weighted element where that is asked for', () => {
    const attributes = { output_height: 1, output_width: 1, sampling_ratio: 1, mode: 'max' }
    // One sample between columns 1 and 2 and between two rows: a quarter of 2.
    expectClose(resultOf('RoiAlign', { inputs: [ramp, made([0, 0, 4, 4], [1, 4]), whole([0])], attributes }), [0.5])
  })

  it('refuses a region of another example, and one of endless size', () => {
    const run = (region: number[], example: number) => () =>
      runOperator('RoiAlign', { inputs: [ramp, made(region, [1, 4]), whole([example])] })
    expect(run([0, 0, 1, 1], 1)).toThrow('region 0 is of example 1; there are 1')
    expect(run([0, 0, 1e6, 1e6], 0)).toThrow('samples')
  })

  it('pools the largest of whole cells', () => {
    const inputs = [ramp, made([0, 0, 0, 2, 1], [1, 5])]
    // Columns 0 to 2 in two overlapping bins.
    expectClose(numbersOf(runOperator('MaxRoiPool', { inputs, attributes: { pooled_shape: [1, 2] } })[0]), [1, 2])
  })
})
