import { describe, expect, test } from 'vitest'
import type { Activation, DType, UnaryOp } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { exactUnary, unaryBounds } from './testing/bounds.ts'
import { planUnary } from './unary.ts'

const withConstants: readonly Activation[] = [
  { kind: 'leakyRelu', alpha: 0.25 },
  { kind: 'elu', alpha: 1.5 },
  { kind: 'hardSigmoid', alpha: 0.25, beta: 0.5 },
  { kind: 'clip', low: -1, high: 6 },
  { kind: 'clip', low: Number.NEGATIVE_INFINITY, high: 0 },
]

const special = [
  ...[0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 100, -100, 1e10, -1e10, 3.4e38, -3.4e38, 2 ** -126, -(2 ** -130)],
  ...[2 ** -149, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, Math.PI, 8192, 8193, 1e5, 88.7, -87.4],
  ...[-103.9, -104.1, 89.5, 14.4, -14.6, 4.1, 2 ** 30, 2 ** 31],
]

/** Every sign and exponent with a few fractions, and a fine walk around 0. */
function samples(): Float32Array {
  const x: number[] = [...special]
  for (let exponent = -149; exponent < 128; exponent += 7) {
    for (const fraction of [1, 1.3333, 1.75]) x.push(fraction * 2 ** exponent, -fraction * 2 ** exponent)
  }
  for (let i = -1000; i <= 1000; i++) x.push(i * 0.0173)
  return Float32Array.from(x)
}

const ops = Object.keys(unaryBounds) as UnaryOp[]

describe.each(targets)('a unary kernel for $name', (target) => {
  const all = samples()

  test.each(ops)('%s keeps its error bound over all of float32', (op) => {
    const plan = planUnary({ op, activation: null }, ['float32', 'float32'], all.length, target)
    const [y] = planned(plan, [all], [{ dtype: 'float32', length: all.length }])
    const f = exactUnary(op)
    // Arguments where the exact result is out of range may give infinity or the largest float32.
    const expected = Float64Array.from(all, (x) => (Math.abs(f(x)) > 3.4028235e38 ? Math.fround(f(x)) : f(x)))
    const found = firstDifference(y, expected, unaryBounds[op])
    expect(found && `${op}(${all[Number.parseInt(found.slice(1), 10)]}) ${found}`).toBeUndefined()
  })

  test.each(withConstants)('$kind reads its constants from its arguments', (activation) => {
    const { kind: op } = activation
    const [y] = planned(
      planUnary({ op, activation }, ['float32', 'float32'], all.length, target),
      [all],
      [{ dtype: 'float32', length: all.length }],
    )
    const [expected] = reference('unary', { op, activation }, [all], [{ dtype: 'float32', length: all.length }])
    expect(firstDifference(y, expected, 2)).toBeUndefined()
  })

  test.each(['negate', 'abs', 'sign', 'square', 'floor', 'ceil', 'round', 'trunc'] as const)('%s keeps int32', (op) => {
    const x = randomArray('int32', 61, 3)
    const [y] = planned(
      planUnary({ op, activation: null }, ['int32', 'int32'], 61, target),
      [x],
      [{ dtype: 'int32', length: 61 }],
    )
    const [expected] = reference('unary', { op, activation: null }, [x], [{ dtype: 'int32', length: 61 }])
    expect([...y]).toEqual([...expected].map((value) => value + 0))
  })

  test.each(
    (['float32', 'int32', 'uint8', 'bool'] as const).flatMap((dtype) =>
      (['logicalNot', 'isNaN', 'isFinite'] as const).map((op): [UnaryOp, DType] => [op, dtype]),
    ),
  )('%s of %s gives bool', (op, dtype) => {
    const x = dtype === 'float32' ? Float32Array.from(special) : randomArray(dtype, 37, 5)
    const output = [{ dtype: 'bool', length: x.length }] as const
    const [y] = planned(planUnary({ op, activation: null }, [dtype, 'bool'], x.length, target), [x], output)
    expect([...y]).toEqual([...reference('unary', { op, activation: null }, [x], output)[0]])
  })

  test.each([0, 1, 3, 17, 97])('runs over %i elements and touches nothing else', (length) => {
    const x = randomArray('float32', length, 9) as Float32Array
    const output = [{ dtype: 'float32', length }] as const
    for (const op of ['exp', 'sin'] as const) {
      const [y] = planned(planUnary({ op, activation: null }, ['float32', 'float32'], length, target), [x], output)
      expect(firstDifference(y, x.map(Math[op]), 4)).toBeUndefined()
    }
  })

  test.each(['cos', 'exp', 'sigmoid'] as const)('%s of whole numbers gives floats', (op) => {
    const x = randomArray('int32', 19, 2)
    const output = [{ dtype: 'float32', length: 19 }] as const
    const [y] = planned(planUnary({ op, activation: null }, ['int32', 'float32'], 19, target), [x], output)
    expect(firstDifference(y, reference('unary', { op, activation: null }, [x], output)[0], 4)).toBeUndefined()
  })

  test('the slope of gelu keeps its error bound, and ends at 0 and 1', () => {
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 120)
    const output = [{ dtype: 'float32', length: x.length }] as const
    const plan = (length: number) =>
      planUnary({ op: 'geluSlope', activation: null }, ['float32', 'float32'], length, target)
    const [y] = planned(plan(x.length), [x], output)
    const cumulative = (at: number): number => (at === 0 ? 0.5 : exactUnary('gelu')(at) / at)
    for (const [i, at] of x.entries()) {
      const [own, along] = [cumulative(at), (at * Math.exp((-at * at) / 2)) / Math.sqrt(2 * Math.PI)]
      const bound = 5 * 2 ** -23 * Math.max(own, Math.abs(along)) + 2 ** -149
      expect(Math.abs(y[i] - (own + along)), `geluSlope(${at}) is ${y[i]}`).toBeLessThanOrEqual(bound)
    }
    const ends = Float32Array.of(Number.NEGATIVE_INFINITY, -3e38, -20, 20, Number.POSITIVE_INFINITY, Number.NaN)
    const [found] = planned(plan(6), [ends], [{ dtype: 'float32', length: 6 }])
    expect([...found]).toEqual([0, 0, 0, 1, 1, Number.NaN])
  })

  test('gives the same sine next to a large element as without it', () => {
    const x = Float32Array.from({ length: 40 }, (_, i) => i * 37.7)
    const output = [{ dtype: 'float32', length: 40 }] as const
    const plan = planUnary({ op: 'sin', activation: null }, ['float32', 'float32'], 40, target)
    const [alone] = planned(plan, [x], output)
    const [beside] = planned(plan, [x.with(39, 1e30)], output)
    expect([...beside.slice(0, 39)]).toEqual([...alone.slice(0, 39)])
  })
})
