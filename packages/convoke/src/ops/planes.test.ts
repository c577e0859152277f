import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { tensor } from '../tensor/index.ts'
import { refusal } from '../testing/refusal.ts'
import { multiply } from './arithmetic.ts'
import { extremes, fromPlanes, toPlanes } from './planes.ts'
import { sum } from './stretch.ts'

const picture = tensor(
  [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
  { dtype: 'uint8' },
)

describe('toPlanes and fromPlanes', () => {
  it('take a picture apart by channels and put it together again', () => {
    const planes = toPlanes(picture)
    expect([planes.dtype, planes.toArray()]).toEqual(['float32', [[[1, 4]], [[2, 5]], [[3, 6]]]])
    const back = fromPlanes(planes, { dtype: 'uint8' })
    expect([back.dtype, back.toArray()]).toEqual(['uint8', picture.toArray()])
  })

  it('store |v| · scale + offset, limited, then rounded with halves up', () => {
    const planes = tensor([[-2, 0.5, 3]])
    const stored = (options: object) => fromPlanes(planes, options).dataSync()
    expect([...stored({ scale: 10, offset: 5 })]).toEqual([-15, 10, 35])
    expect([...stored({ absolute: true, scale: 10, offset: 5, most: 20 })]).toEqual([20, 10, 20])
    expect([...stored({ whole: true })]).toEqual([-2, 1, 3])
    expect([...stored({ dtype: 'uint8', scale: 100 })]).toEqual([0, 50, 255])
  })

  it('pass gradients where they only move and scale', () => {
    const x = tensor([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ])
    const weights = tensor([[[1, 10]], [[2, 20]], [[3, 30]]])
    const { gradients } = valueAndGradients(() => sum(multiply(toPlanes(x), weights)), [x])
    expect(gradients[0].toArray()).toEqual([
      [
        [1, 2, 3],
        [10, 20, 30],
      ],
    ])
    const back = valueAndGradients(() => sum(multiply(fromPlanes(weights, { scale: 2 }), x)), [weights])
    expect(back.gradients[0].toArray()).toEqual([[[2, 8]], [[4, 10]], [[6, 12]]])
    expect(refusal(() => valueAndGradients(() => sum(fromPlanes(weights, { most: 1 })), [weights]))).toContain(
      'no gradient',
    )
  })

  it('refuse what is not a picture and what bytes cannot hold', () => {
    expect(refusal(() => toPlanes([1, 2]))).toContain('1 to 4 channels')
    expect(refusal(() => toPlanes(tensor([[1, 2, 3, 4, 5]])))).toContain('1 to 4 channels')
    expect(refusal(() => fromPlanes([[1]], { dtype: 'uint8', most: 300 }))).toContain('255 or less')
    expect(refusal(() => fromPlanes([[1]], { scale: Number.NaN }))).toContain('finite')
  })
})

describe('extremes', () => {
  it('are the least and the greatest, or NaN', () => {
    expect(extremes([3, -1, 2]).toArray()).toEqual([-1, 3])
    expect(extremes([3, Number.NaN]).toArray()).toEqual([Number.NaN, Number.NaN])
    const x = tensor([1, 2])
    expect(refusal(() => valueAndGradients(() => sum(extremes(x)), [x]))).toContain('Use min and max')
  })
})

describe('dataSync', () => {
  it('writes to an array that is given, and refuses one of another length', () => {
    const all = new Uint8Array(8)
    const part = all.subarray(1, 7)
    expect(picture.dataSync(part)).toBe(part)
    expect([...all]).toEqual([0, 1, 2, 3, 4, 5, 6, 0])
    expect(() => picture.dataSync(new Uint8Array(5))).toThrow(/an array of 5 elements/)
  })
})
