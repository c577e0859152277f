// Every op, with every primitive that it and its gradient apply, held to what primitives say of themselves. The table is that of
// arguments for every op, so that a new op is in it as soon as it is in the index.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scope, valueAndGradients } from '../autodiff/gradients.ts'
import { type Applied, applyAll, outputsOf, whileWatching } from '../autodiff/primitive.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import type { Backend, TypedArray } from '../backends/backend.ts'
import { withBackend } from '../backends/current.ts'
import { createDryBackend } from '../backends/dry/index.ts'
import { fusedKernels } from '../backends/fused.ts'
import * as nn from '../nn/index.ts'
import { globalNorm } from '../optim/gradients.ts'
import { ones, randomSource, Tensor, tensor, zeros } from '../tensor/index.ts'
import { availableBackends, onBackend, relativeError, wideReference } from '../testing/check-op.ts'
import { tensorsOf, workingArguments } from '../testing/every-op.ts'
import { loosely } from '../testing/refusal.ts'
import {
  add,
  divide,
  exp,
  less,
  log,
  mean,
  multiply,
  negate,
  oneHot,
  sqrt,
  square,
  subtract,
  sum,
  where,
} from './index.ts'
import { weightNorm } from './weight-norm.ts'

type Op = (...args: unknown[]) => unknown

const labels = (): Tensor => tensor([1, 0, 2, 1], { dtype: 'int32' })
const rows = ones([4, 3])
const steps = ones([2, 3, 2])

/** What uses primitives without being an op of the index: by name, with arguments. */
const others: Readonly<Record<string, readonly [Op, ...unknown[]]>> = {
  crossEntropy: [(x) => nn.crossEntropy(x as Tensor, labels()), rows],
  meanSquaredError: [(x, y) => nn.meanSquaredError(x as Tensor, y as Tensor), rows, rows],
  'squared errors': [(x, y) => nn.meanSquaredError(x as Tensor, y as Tensor, { reduction: 'none' }), rows, rows],
  dice: [(x) => nn.dice(x as Tensor, ones([1, 4, 4, 2])), ones([1, 4, 4, 2])],
  weightNorm: [(v, gain) => weightNorm(v as Tensor, gain as Tensor), rows, ones([3])],
  globalNorm: [(x, y) => globalNorm([x as Tensor, y as Tensor]), rows, steps],
  lstm: [(x) => nn.LSTM({ in: 2, hidden: 3 }).initialize(1)(x as Tensor), steps],
  gru: [(x) => nn.GRU({ in: 2, hidden: 3 }).initialize(1)(x as Tensor), steps],
  'batch norm of given statistics': [
    (x) => loosely.batchNorm(x, { mean: [0, 1, 0], variance: [1, 2, 3], activation: 'relu' }),
    rows,
  ],
  'a large padding': [
    (x) =>
      loosely.pad(
        x,
        [
          [40, 0],
          [0, 40],
          [0, 40],
        ],
        { mode: 'mirror' },
      ),
    ones([40, 40, 30]),
  ],
}

const cases: readonly (readonly [string, Op, readonly unknown[]])[] = [
  ...Object.entries(loosely)
    .filter(([name]) => name in workingArguments && name !== 'allClose') // gives no tensor
    .map(([name, op]) => [name, op, workingArguments[name]] as const),
  ...Object.entries(others).map(([name, [op, ...args]]) => [name, op, args] as const),
]

const within = { axes: -1, keepDims: true }
const shares = (x: Tensor): Tensor => divide(exp(x), sum(exp(x), within))
const centred = (x: Tensor, axes: readonly number[]): Tensor => {
  const distance = subtract(x, mean(x, { axes, keepDims: true }))
  return divide(distance, sqrt(add(mean(square(distance), { axes, keepDims: true }), 1e-5)))
}

/** What has kernels of its own, by other ops. */
const definitions: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  softmax: shares,
  logSoftmax: (x) => log(shares(x)),
  logSumExp: (x) => log(sum(exp(x))),
  mean: (x) => divide(sum(x), x.size),
  variance: (x) => mean(square(subtract(x, mean(x)))),
  norm: (x) => sqrt(sum(square(x))),
  batchNorm: (x) => centred(x, [0, 1, 2]),
  layerNorm: (x) => centred(x, [3]),
  instanceNorm: (x) => centred(x, [1, 2]),
  rmsNorm: (x) => divide(x, sqrt(add(mean(square(x), within), 1e-5))),
  silu: (x) => multiply(x, divide(1, add(1, exp(negate(x))))),
  prelu: (x, y) => where(less(x, 0), multiply(x, y), x),
  crossEntropy: (x) => mean(negate(log(sum(multiply(shares(x), oneHot(labels(), 3)), { axes: -1 })))),
  meanSquaredError: (x, y) => mean(square(subtract(x, y))),
  weightNorm: (x, y) => multiply(divide(x, sqrt(sum(square(x), { axes: 0 }))), y),
  globalNorm: (x, y) => sqrt(add(sum(square(x)), sum(square(y)))),
}

/** From 0.15 to 0.85, where all functions but one are smooth. */
const shifts: Readonly<Record<string, number>> = { acosh: 1.5 }

/** The arguments with float32 tensors of other numbers, on the current backend, and those tensors. */
function drawn(name: string, args: readonly unknown[], moved: readonly TypedArray[] = [], by = 0) {
  const source = randomSource(5)
  const tensors: Tensor[] = []
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (!(value instanceof Tensor)) return value
    if (value.dtype !== 'float32') return zeros(value.shape, value.dtype)
    const direction = moved[tensors.length]
    const values = Float64Array.from(
      { length: value.size },
      (_, i) => (shifts[name] ?? 0) + 0.15 + 0.7 * source.uniform() + by * (direction?.[i] ?? 0),
    )
    tensors.push(tensor(values, { shape: value.shape }))
    return tensors[tensors.length - 1]
  }
  return { given: args.map(visit), tensors }
}

/** Numbers of either sign in place of a tensor. */
function weightsFor(shape: readonly number[], seed: number): Tensor {
  const source = randomSource(seed)
  const size = shape.reduce((product, length) => product * length, 1)
  return tensor(
    Float64Array.from({ length: size }, () => 2 * source.uniform() - 1),
    { shape },
  )
}

const kernelsSeen = new Set<string>()

/** A backend of core kernels alone. */
const coreAlone: Backend = {
  ...wideReference,
  name: 'core kernels',
  fused: [],
  run: (kernel, spec, inputs, outputs) => {
    if ((fusedKernels as readonly string[]).includes(kernel.name)) throw new Error(`${kernel.name} is no core kernel`)
    wideReference.run(kernel, spec, inputs, outputs)
  },
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((total, value, i) => total + value * b[i], 0)

/** Holds one primitive, as it ran, to its shapes, its adjoint and its composition. */
function checkPrimitive({ primitive, spec, inputs, outputs }: Applied, tolerance: number): void {
  const name = primitive.name ?? primitive.kernel?.name ?? ''
  expect(name, 'every primitive has a name').not.toBe('')
  kernelsSeen.add(primitive.kernel?.name ?? name)
  expect(
    outputs.map(({ shape, dtype }) => [shape, dtype]),
    `${name}: shapes and dtypes`,
  ).toEqual(outputsOf(primitive, spec, inputs).map(({ shape, dtype }) => [shape, dtype]))
  const { adjoint, composition } = primitive
  if (adjoint !== undefined && name !== 'extremes' && inputs[0].dtype === 'float32' && outputs[0].dtype === 'float32') {
    const y = weightsFor(outputs[0].shape, 7)
    const back = adjoint(y, spec, inputs[0].shape)
    expect(back.shape, `${name}: the adjoint gives the shape of the input`).toEqual(inputs[0].shape)
    const ahead = dot(outputs[0].dataSync(), y.dataSync())
    expect(Math.abs(ahead - dot(inputs[0].dataSync(), back.dataSync()))).toBeLessThan(
      1e3 * tolerance * (1 + Math.abs(ahead)),
    )
  }
  if (composition !== undefined) {
    const parts = composition(spec, inputs).map((part) => part().dataSync())
    applyAll(primitive, spec, inputs).forEach((result, i) => {
      expect(relativeError(result.dataSync(), parts[i]), `${name}: result ${i} and its composition`).toBeLessThan(
        10 * tolerance,
      )
    })
  }
}

/** Runs `body`; primitives are checked as they run. */
function watched<T>(tolerance: number, body: () => T): T {
  const times = new Map<unknown, number>()
  const check = (applied: Applied): void => {
    const before = times.get(applied.primitive) ?? 0
    times.set(applied.primitive, before + 1)
    if (before >= 4) return
    whileWatching(
      () => {},
      () => withoutGradients(() => scope(() => checkPrimitive(applied, tolerance))),
    )
  }
  return whileWatching(check, body)
}

const isSmooth = (results: readonly Tensor[]): boolean => results.some(({ dtype }) => dtype === 'float32')

/** The sum of all float32 results, weighted. */
const total = (results: readonly Tensor[]): Tensor =>
  results
    .filter(({ dtype }) => dtype === 'float32')
    .map((result, i) => sum(multiply(result, weightsFor(result.shape, 11 + i))))
    .reduce((a, b) => add(a, b))

interface Outcome {
  readonly shapes: readonly unknown[]
  readonly values: readonly TypedArray[]
  readonly gradients: readonly TypedArray[]
}

/** Results and gradients of an op on the current backend, its primitives being checked. */
function outcomeOf(name: string, op: Op, args: readonly unknown[], tolerance: number): Outcome {
  return watched(tolerance, () =>
    scope(() => {
      const { given, tensors } = drawn(name, args)
      const results = tensorsOf(op(...given))
      const differentiable = name !== 'extremes' && tensors.length > 0 && isSmooth(results)
      const found = differentiable ? valueAndGradients(() => total(tensorsOf(op(...given))), tensors).gradients : []
      return {
        shapes: results.map(({ shape, dtype }) => [shape, dtype]),
        values: results.map((result) => result.dataSync()),
        gradients: found.map((gradient) => gradient.dataSync()),
      }
    }),
  )
}

/** The slope of the weighted results along `direction`, by central differences. */
function slope(name: string, op: Op, args: readonly unknown[], direction: readonly TypedArray[]): number {
  const step = 1e-5
  const [above, below] = [step, -step].map((by) =>
    scope(() => total(tensorsOf(op(...drawn(name, args, direction, by).given))).item()),
  )
  return (above - below) / (2 * step)
}

describe('Every op and its primitives', () => {
  it.each(cases)(
    '%s: values, gradients, shapes, adjoints and compositions on every backend',
    async (name, op, args) => {
      const exact = await onBackend(wideReference, () => {
        const outcome = outcomeOf(name, op, args, 1e-12)
        if (outcome.gradients.length > 0) {
          const along = outcome.gradients.map((gradient, i) => weightsFor([gradient.length], 31 + i).dataSync())
          const expected = slope(name, op, args, along)
          const found = outcome.gradients.reduce((sum, gradient, i) => sum + dot(gradient, along[i]), 0)
          expect(Math.abs(found - expected) / (1 + Math.abs(expected)), 'against central differences').toBeLessThan(
            1e-7,
          )
        }
        return outcome
      })
      const definition = definitions[name]
      if (definition !== undefined) {
        const wanted = await onBackend(wideReference, () => {
          const [x, y] = drawn(name, args).tensors
          return scope(() => definition(x, y)).dataSync()
        })
        expect(relativeError(exact.values[0], wanted), 'its composition of other ops').toBeLessThan(1e-12)
      }
      const dry = withBackend(createDryBackend(), () =>
        scope(() => {
          const { given } = drawn(name, args)
          return tensorsOf(op(...given)).map(({ shape, dtype }) => [shape, dtype])
        }),
      )
      expect(dry, 'shapes and dtypes without computing').toEqual(exact.shapes)
      for (const backend of [coreAlone, ...availableBackends()]) {
        const outcome = await onBackend(backend, () => outcomeOf(name, op, args, 3e-6))
        expect(outcome.shapes).toEqual(exact.shapes)
        for (const key of ['values', 'gradients'] as const)
          outcome[key].forEach((numbers, i) => {
            const where = typeof backend === 'string' ? backend : backend.name
            expect(relativeError(numbers, exact[key][i]), `${key} ${i} on ${where}`).toBeLessThan(1e-5)
          })
      }
    },
  )

  it('are all there: every kernel that a primitive names has been met', ({ skip }) => {
    if (kernelsSeen.size === 0) skip()
    const root = join(import.meta.dirname, '..')
    const texts = ['ops', 'nn', 'optim', 'autodiff'].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((file) => file.endsWith('.ts') && !file.includes('.test'))
        .map((file) => readFileSync(join(root, folder, file), 'utf8')),
    )
    const named = texts.flatMap((text) =>
      [...text.matchAll(/\n +kernel: kernels\.(\w+),/g)].map(([, kernel]) => kernel),
    )
    expect(new Set(named).size).toBeGreaterThan(35)
    expect([...new Set(named)].filter((kernel) => !kernelsSeen.has(kernel))).toEqual([])
  })
})
