// What a case gives, and whether two of them gave the same.

import * as convoke from 'convoke'
import { noise } from '../random.ts'
import { isIndex, type OpCase, type OpInput, sizeOf, usualTolerance } from './op-case.ts'

export interface Values {
  readonly result: ArrayLike<number>
  /** Of the sum of the result times weights: for each input that has gradients. None where none are asked for. */
  readonly gradients: readonly ArrayLike<number>[]
}

/** The same numbers in every run. */
export function fill({ shape, filling = 'normal' }: OpInput, seed: number): Float32Array {
  const random = convoke.randomSource(seed)
  const next = ((): (() => number) => {
    if (filling === 'normal') return () => random.normal()
    if (filling === 'bits') return () => random.integer(2)
    if (typeof filling === 'object' && 'below' in filling) return () => random.integer(filling.below)
    const { from, to } = filling === 'positive' ? { from: 0.05, to: 0.95 } : filling
    return () => from + (to - from) * random.uniform()
  })()
  return Float32Array.from({ length: sizeOf(shape) }, next)
}

/** On the backend in use. */
export const tensorsOf = (inputs: readonly OpInput[], data: readonly Float32Array[]): convoke.Tensor[] =>
  inputs.map((input, i) =>
    convoke.tensor(data[i], { shape: [...input.shape], dtype: isIndex(input) ? 'int32' : 'float32' }),
  )

/** Which inputs have gradients. */
export const watchedOf = ({ inputs, backward = true }: OpCase): number[] =>
  backward ? inputs.flatMap((input, i) => (isIndex(input) || input.constant ? [] : [i])) : []

/** What the gradients are weighed with: of a plain sum many are 0 or 1 whatever the op does. */
export const weightsOf = (size: number): Float32Array => noise(size, 99)

const inOrder = (x: convoke.Tensor, order: readonly number[] | undefined): ArrayLike<number> =>
  convoke.scope(() => (order === undefined || x.rank !== order.length ? x : convoke.transpose(x, order)).dataSync())

/** Numbers in an order of axes, as the peers have them. */
export const reordered = (values: Float32Array, { shape, order }: Pick<OpInput, 'shape' | 'order'>): Float32Array =>
  order === undefined
    ? values
    : Float32Array.from(convoke.scope(() => inOrder(convoke.tensor(values, { shape: [...shape] }), order)))

export interface Own extends Values {
  readonly shape: readonly number[]
  /** The weights of its result, as the peers have them. */
  readonly weights: Float32Array
}

/** Runs a case and its gradients on the backend in use; in the order of the peers where that is asked for. */
export function ownValues(task: OpCase, inputs: readonly convoke.Tensor[], forPeers: boolean): Own {
  return convoke.scope(() => {
    const orderOf = (given: readonly number[] | undefined) => (forPeers ? given : undefined)
    const result = task.run(inputs)
    const { shape } = result
    const order = orderOf(task.order)
    const weights = weightsOf(result.size)
    const watched = watchedOf(task)
    const gradients =
      watched.length === 0
        ? []
        : convoke.valueAndGradients(
            () => convoke.sum(convoke.multiply(task.run(inputs), convoke.tensor(weights, { shape: [...shape] }))),
            watched.map((i) => inputs[i]),
          ).gradients
    return {
      shape,
      weights: order?.length === shape.length ? reordered(weights, { shape, order }) : weights,
      result: inOrder(result, order),
      gradients: watched.map((i, at) => inOrder(gradients[at], orderOf(task.inputs[i].order))),
    }
  })
}

/** Where two differ by more than a tolerance of themselves and the mean magnitude of all; null where nowhere. */
export function difference(
  own: ArrayLike<number>,
  other: ArrayLike<number>,
  tolerance: number = usualTolerance,
): string | null {
  if (own.length !== other.length) return `${own.length} numbers in place of ${other.length}`
  let total = 0
  for (let i = 0; i < other.length; i++) total += Number.isFinite(other[i]) ? Math.abs(other[i]) : 0
  const mean = total / other.length
  for (let i = 0; i < own.length; i++) {
    const [a, b] = [Number(own[i]), Number(other[i])]
    if (Object.is(a, b) || a === b) continue
    if (!Number.isFinite(b) || !(Math.abs(a - b) <= tolerance * (Math.abs(b) + mean)))
      return `${a} in place of ${b} at ${i}`
  }
  return null
}

/** The first difference between all that two gave, named. */
export function differenceOf(own: Values, other: Values, tolerance?: number): string | null {
  const wrong = difference(own.result, other.result, tolerance)
  if (wrong !== null) return wrong
  for (const [i, gradient] of own.gradients.entries()) {
    const found = difference(gradient, other.gradients[i], tolerance)
    if (found !== null) return `gradient ${i + 1}: ${found}`
  }
  return null
}
