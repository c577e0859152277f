import { describe, expect, it } from 'vitest'
import { tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

const near = [input([2, 3, 5], 1)]
const inside = [input([2, 3, 5], 1, { scale: 0.9 })]

describe('elementwise functions agree with float64 and with central differences, to second order', () => {
  const anywhere = {
    ...{
      negate: ops.negate,
      abs: ops.abs,
      square: ops.square,
      exp: ops.exp,
      expm1: ops.expm1,
      sin: ops.sin,
      cos: ops.cos,
    },
    ...{ tan: ops.tan, atan: ops.atan, sinh: ops.sinh, cosh: ops.cosh, tanh: ops.tanh, asinh: ops.asinh, erf: ops.erf },
    ...{ relu: ops.relu, selu: ops.selu, elu: ops.elu, gelu: ops.gelu, silu: ops.silu, mish: ops.mish },
    ...{ softplus: ops.softplus, softsign: ops.softsign, sigmoid: ops.sigmoid, hardSwish: ops.hardSwish },
    ...{ hardSigmoid: ops.hardSigmoid, leakyRelu: ops.leakyRelu, relu6: ops.relu6 },
  }
  it.each(Object.entries(anywhere))('%s', (_, op) => checkOp((x) => op(x), near, { second: true }))

  const onPositive = {
    sqrt: ops.sqrt,
    rsqrt: ops.rsqrt,
    reciprocal: ops.reciprocal,
    log: ops.log,
    log1p: ops.log1p,
    acosh: ops.acosh,
  }
  it.each(Object.entries(onPositive))('%s', (_, op) =>
    checkOp((x) => op(x), [input([2, 7], 3, { offset: 2.5 })], { second: true }),
  )

  const onUnit = { asin: ops.asin, acos: ops.acos, atanh: ops.atanh }
  it.each(Object.entries(onUnit))('%s', (_, op) => checkOp((x) => op(x), inside, { second: true, tolerance: 1e-5 }))

  it('gelu in its tanh form', () => checkOp((x) => ops.gelu(x, { approximate: 'tanh' }), near, { second: true }))
  it('clip', () => checkOp((x) => ops.clip(x, -0.55, 0.65), near, { second: true }))
  it('prelu with a slope for each channel', () =>
    checkOp((x, alpha) => ops.prelu(x, alpha), [near[0], input([5], 2)], { second: true }))
  it('steps have the gradient zero', async () => {
    for (const op of [ops.sign, ops.floor, ops.ceil, ops.round, ops.trunc]) await checkOp((x) => op(x), near)
  })
})

describe('elementwise functions at the ends of their range', () => {
  const values = (x: ReturnType<typeof tensor>) => Array.from(x.dataSync())
  it('stay finite where the limit is finite', () => {
    const far = tensor([-1e4, 1e4, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect(values(ops.sigmoid(far))).toEqual([0, 1, 0, 1])
    expect(values(ops.softsign(far)).map(Math.round)).toEqual([-1, 1, -1, 1])
    for (const op of [ops.gelu, ops.silu, ops.mish, ops.hardSwish, ops.softplus]) {
      expect(values(op(far)).map(Math.abs)).toEqual([0, 1e4, 0, Number.POSITIVE_INFINITY])
    }
  })
  it('pass NaN on', () => {
    for (const op of [ops.relu, ops.sigmoid, ops.gelu, ops.hardSwish, ops.relu6, ops.erf, ops.softplus]) {
      expect(values(op(tensor([Number.NaN])))).toEqual([Number.NaN])
    }
  })
  it('round halves to even', () => {
    expect(values(ops.round([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999]))).toEqual([-2, -2, -0, 0, 2, 2, 2])
  })
  it('compute erf to float32 precision over its range', () => {
    // Abramowitz & Stegun 1964, table 7.1.
    const known = [
      0, 0.1124629160182849, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527, 0.9999779095030014,
    ]
    const found = ops.erf([0, 0.1, 0.5, 1, 2, 3]).dataSync()
    known.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 7)
    })
  })
  it('keep whole numbers whole where they are', () => {
    const x = tensor([-3, 4], { dtype: 'int32' })
    expect(ops.negate(x).dtype).toBe('int32')
    expect(ops.abs(x).toArray()).toEqual([3, 4])
    expect(ops.sqrt(x).dtype).toBe('float32')
    expect(ops.negate(tensor(new Uint8Array([200]))).toArray()).toEqual([-200])
  })
  it('test for NaN and infinity', () => {
    const x = tensor([1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(ops.isNaN(x).toArray()).toEqual([0, 1, 0])
    expect(ops.isFinite(x).toArray()).toEqual([1, 0, 0])
    expect(ops.logicalNot([0, 2]).toArray()).toEqual([1, 0])
  })
})
