import { describe, expect, it } from 'vitest'
import { expectClose, made, numbersOf, resultOf, runOperator } from '../../testing/run-operator.ts'
import type { Value } from '../value.ts'

const int8 = (numbers: readonly number[], shape?: readonly number[]): Value => made(numbers, shape, 'int8')
const uint8 = (numbers: readonly number[], shape?: readonly number[]): Value => made(numbers, shape, 'uint8')

describe('QuantizeLinear', () => {
  it('rounds halves to even before it adds the zero point, and stops at the ends of the type', () => {
    const x = made([1, 3, -1, -3, 1000, -1000])
    // Steps of 2: 0.5, 1.5, −0.5, −1.5.
    expect(resultOf('QuantizeLinear', { inputs: [x, made([2], []), int8([1], [])] })).toEqual([1, 3, 1, -1, 127, -128])
    expect(resultOf('QuantizeLinear', { inputs: [x, made([2], [])] })).toEqual([0, 2, 0, 0, 255, 0])
  })

  it('has one scale a slice of an axis, or a block of it, the last of which may be short', () => {
    const x = made([2, 4, 6, 8, 10, 12], [2, 3])
    const perAxis = { inputs: [x, made([2, 1]), int8([0, 1])], attributes: { axis: 0 } }
    expect(resultOf('QuantizeLinear', perAxis)).toEqual([1, 2, 3, 9, 11, 13])
    const blocked = { inputs: [x, made([2, 3, 1, 4], [2, 2])], attributes: { axis: -1, block_size: 2 } }
    expect(resultOf('QuantizeLinear', blocked)).toEqual([1, 2, 2, 8, 10, 3])
  })

  it('makes the type that is asked for', () => {
    const [y] = runOperator('QuantizeLinear', {
      inputs: [made([-20, 20]), made([1], [])],
      attributes: { output_dtype: 22 },
    })
    expect((y as Value).type).toBe('int4')
    expect(numbersOf(y)).toEqual([-8, 7])
    const both = { inputs: [made([1]), made([1], []), int8([0], [])], attributes: { output_dtype: 2 } }
    expect(() => runOperator('QuantizeLinear', both)).toThrow('output_dtype is uint8, but the zero point is int8')
  })

  it('rounds to floats of eight bits, which saturate or do not', () => {
    const run = (code: number, saturate: number): number[] =>
      resultOf('QuantizeLinear', {
        inputs: [made([17.5, -460, 465, 1e6]), made([1], [])],
        attributes: { output_dtype: code, saturate },
      })
    // e4m3fn: steps of 2 from 16 to 32, of 32 up to 448, which 460 is nearest to; from 464 on nothing is.
    expect(run(17, 1)).toEqual([18, -448, 448, 448])
    expect(run(17, 0)).toEqual([18, -448, Number.NaN, Number.NaN])
    // e5m2: steps of 4 from 16 to 32, of 64 from 256 to 512; the largest is 57344.
    expect(run(19, 1)).toEqual([16, -448, 448, 57344])
    expect(run(19, 0)).toEqual([16, -448, 448, Number.POSITIVE_INFINITY])
  })

  it('of nothing makes nothing', () => {
    expect(resultOf('QuantizeLinear', { inputs: [made([], [0, 3]), made([1], [])] })).toEqual([])
  })
})

describe('DequantizeLinear', () => {
  it('takes the zero point off and multiplies', () => {
    const inputs = [uint8([0, 10, 255]), made([0.5], []), uint8([10], [])]
    expect(resultOf('DequantizeLinear', { inputs })).toEqual([-5, 0, 122.5])
  })

  it('has one scale a slice or a block', () => {
    const x = int8([1, 2, 3, 4], [2, 2])
    expect(resultOf('DequantizeLinear', { inputs: [x, made([1, 10]), int8([0, 1])] })).toEqual([1, 10, 3, 30])
    const blocked = { inputs: [x, made([1, 10], [1, 2]), int8([0, 1], [1, 2])], attributes: { axis: 0, block_size: 2 } }
    expect(resultOf('DequantizeLinear', blocked)).toEqual([1, 10, 3, 30])
  })

  it('refuses scales that do not fit', () => {
    const run = { inputs: [int8([1, 2, 3, 4], [2, 2]), made([1, 2, 3])] }
    expect(() => runOperator('DequantizeLinear', run)).toThrow('has not one number for each of the 2 slices of axis 1')
  })
})

describe('DynamicQuantizeLinear', () => {
  it('spreads the range, with 0 in it, over 256 steps', () => {
    const [y, scale, zero] = runOperator('DynamicQuantizeLinear', { inputs: [made([-1, 0, 1.55])], outputs: 3 })
    expectClose(numbersOf(scale), [0.01])
    expect(numbersOf(zero)).toEqual([100])
    expect(numbersOf(y)).toEqual([0, 100, 255])
    expect(numbersOf(runOperator('DynamicQuantizeLinear', { inputs: [made([0, 0])], outputs: 3 })[1])).toEqual([1])
  })
})

describe('products of whole numbers', () => {
  it('sum without rounding, however many there are', () => {
    for (const terms of [100, 3000, 30000]) {
      // 255² · (terms − 1) + 1: odd, and beyond what float32 holds from 259 terms on.
      const a = Array<number>(terms).fill(255).with(0, 1)
      const inputs = [uint8(a, [1, terms]), uint8(a, [terms, 1])]
      expect(resultOf('MatMulInteger', { inputs })).toEqual([65025 * (terms - 1) + 1])
    }
  })

  it('take zero points off rows and columns', () => {
    const inputs = [uint8([11, 12, 23, 24], [2, 2]), int8([1, 2, 3, 4], [2, 2]), uint8([10, 20]), int8([1, 0])]
    // [1 2; 3 4] × [0 2; 2 4].
    expect(resultOf('MatMulInteger', { inputs })).toEqual([4, 10, 8, 22])
  })

  it('fill the edge of a picture with its zero point', () => {
    const inputs = [uint8([3], [1, 1, 1, 1]), uint8(Array(9).fill(2), [1, 1, 3, 3]), uint8([1], []), uint8([1], [])]
    expect(resultOf('ConvInteger', { inputs, attributes: { pads: [1, 1, 1, 1] } })).toEqual([2])
  })

  it('are scaled back, each filter by its own', () => {
    const number = (x: number): Value => made([x], [])
    const x = uint8([12, 14], [1, 2, 1, 1])
    const w = int8([1, 1, 2, 3], [2, 2, 1, 1])
    const inputs = [
      ...[x, number(0.5), uint8([10], [])],
      ...[w, made([1, 2]), int8([0, 1])],
      ...[number(0.5), uint8([100], []), made([1, -1], [2], 'int32')],
    ]
    // Sums 2 + 4 + 1 = 7 and 2·1 + 4·2 − 1 = 9, in steps of 1 and 2.
    expect(resultOf('QLinearConv', { inputs })).toEqual([107, 118])
  })

  it('of two matrices are scaled back', () => {
    const number = (x: number): Value => made([x], [])
    const a = [uint8([2, 4], [1, 2]), number(0.5), uint8([0], [])]
    const b = [uint8([1, 3], [2, 1]), number(1), uint8([0], [])]
    // 14 · 0.5 / 2 = 3.5, to even.
    expect(resultOf('QLinearMatMul', { inputs: [...a, ...b, number(2), uint8([1], [])] })).toEqual([5])
  })
})
