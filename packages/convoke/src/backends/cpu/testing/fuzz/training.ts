// Random steps of optimisers, sums of squares over several tensors, and normalisations.

import type { InvertibleActivation, NormalizeSpec } from '../../../backend.ts'
import * as kernels from '../../../kernels/index.ts'
import { memoriesOf, type UpdateRule } from '../../../update-rule.ts'
import type { Draw, FuzzCase, Operand } from './fuzz-case.ts'

const float32 = 'float32'

function drawRule(draw: Draw): UpdateRule {
  const flag = () => draw.chance(0.5)
  switch (draw.below(6)) {
    case 0:
      return { kind: 'sgd', momentum: flag(), nesterov: flag() }
    case 1:
      return { kind: 'adam', amsgrad: flag() }
    case 2:
      return { kind: 'rmsprop', centered: flag(), momentum: flag() }
    case 3:
      return { kind: 'adagrad' }
    case 4:
      return { kind: 'adadelta' }
    default:
      return { kind: 'average' }
  }
}

/** Averages of squares lie from 1 to 2, well above the square of any average: what is rooted stays positive. */
const between1And2 = ({ dtype, data }: Operand): Operand => ({ dtype, data: data.map((x) => 1 + Math.abs(x)) })

export function drawUpdate(draw: Draw): FuzzCase<'update'> {
  const rule = drawRule(draw)
  const lengths = Array.from({ length: draw.between(1, 4) }, () => draw.size(draw.chance(0.1) ? 40_000 : 300))
  const squares = rule.kind === 'adam' ? [1, 2] : rule.kind === 'adadelta' ? [0, 1] : rule.kind === 'sgd' ? [] : [0]
  const operands = lengths.flatMap((length) => [
    draw.values(float32, length, 1),
    draw.values(float32, length, 1),
    ...Array.from({ length: memoriesOf(rule) }, (_, k) => {
      const memory = draw.values(float32, length, 0.5)
      return squares.includes(k) ? between1And2(memory) : memory
    }),
  ])
  const coefficients = draw.values(float32, 10, 1).data.map((x) => 0.1 + 0.4 * Math.abs(x))
  // The variance of gradients, v − a², stays positive.
  if (rule.kind === 'rmsprop') [coefficients[3], coefficients[4]] = [coefficients[3] + 0.4, coefficients[4] / 5]
  return {
    kernel: 'update',
    spec: { rule },
    inputs: [{ dtype: float32, data: coefficients }, ...operands],
    outputs: lengths.flatMap((length) =>
      Array.from({ length: 1 + memoriesOf(rule) }, () => ({ dtype: float32, length }) as const),
    ),
    // No operand is larger than 2, no sum has more than five terms.
    allowance: { kind: 'ulps', ulps: 8, absolute: 2 ** -20 },
  }
}

export function drawSumOfSquares(draw: Draw): FuzzCase<'sumOfSquares'> {
  const inputs = Array.from({ length: draw.between(1, 6) }, () =>
    draw.values(float32, draw.size(draw.chance(0.1) ? 40_000 : 500)),
  )
  return {
    kernel: 'sumOfSquares',
    spec: {},
    inputs,
    outputs: [{ dtype: float32, length: 1 }],
    allowance: { kind: 'sum', terms: inputs.reduce((terms, { data }) => terms + data.length, 0) },
  }
}

export function drawActivationGradient(draw: Draw): FuzzCase<'activationGradient'> {
  const length = draw.size(draw.chance(0.1) ? 40_000 : 1000)
  const activation = draw.pick<InvertibleActivation>([
    { kind: 'relu' },
    { kind: 'leakyRelu', alpha: 0.2 },
    { kind: 'clip', low: -0.5, high: 0.75 },
    { kind: 'sigmoid' },
    { kind: 'tanh' },
    { kind: 'hardSigmoid', alpha: 0.25, beta: 0.5 },
  ])
  const results = draw.values(float32, length, 1)
  // Kinks, and results that are none.
  results.data.forEach((_, i) => {
    if (draw.chance(0.02)) results.data[i] = draw.pick([0, -0, 1, -0.5, 0.75, Number.NaN])
  })
  return {
    kernel: 'activationGradient',
    spec: { activation },
    inputs: [draw.values(float32, length, 10), results],
    outputs: [{ dtype: float32, length }],
    // 1 − y² next to 1 loses what the square rounded.
    allowance: { kind: 'ulps', ulps: 3, absolute: 10 * 2 ** -23 },
  }
}

const drawRows = (draw: Draw): { rows: number; channels: number } => {
  const channels = draw.size(draw.chance(0.1) ? 700 : 70)
  return { channels, rows: draw.size(draw.chance(0.1) ? Math.ceil(40_000 / channels) : 60) }
}

export function drawMoments(draw: Draw): FuzzCase<'moments'> {
  const { rows, channels } = drawRows(draw)
  const output = { dtype: float32, length: channels } as const
  return {
    kernel: 'moments',
    spec: { channels },
    inputs: [draw.values(float32, rows * channels, 1)],
    outputs: [output, output],
    // Numbers up to 1, and what they differ from their mean, up to 2: summed in parts of a few hundred.
    allowance: { kind: 'ulps', ulps: 8, absolute: 2 ** -20 },
  }
}

interface Normalization {
  readonly spec: NormalizeSpec
  readonly rows: number
  /** x, mean, variance, scale, bias: at most 1 in size, the variance from 1 to 2. */
  readonly inputs: readonly Operand[]
}

function drawNormalization(draw: Draw): Normalization {
  const { rows, channels } = drawRows(draw)
  const spec = { channels, epsilon: draw.pick([1e-5, 0.1]), relu: draw.chance(0.5) }
  const x = draw.values(float32, rows * channels, 1)
  const one = (): Operand => draw.values(float32, channels, 1)
  const [mean, variance, scale, bias] = [one(), between1And2(one()), one(), one()]
  if (spec.relu) {
    // Next to 0, rounding decides whether a gradient passes.
    x.data.forEach((value, i) => {
      const c = i % channels
      const standard = (value - mean.data[c]) / Math.sqrt(variance.data[c] + spec.epsilon)
      if (Math.abs(standard * scale.data[c] + bias.data[c]) < 1e-4) {
        x.data[i] = value + 0.5
        if (Math.abs(scale.data[c]) < 0.1) bias.data[c] = 0.5
      }
    })
  }
  return { spec, rows, inputs: [x, mean, variance, scale, bias] }
}

export function drawNormalize(draw: Draw): FuzzCase<'normalize'> {
  const { spec, inputs } = drawNormalization(draw)
  const { length } = inputs[0].data
  const residual = draw.chance(0.5)
  return {
    kernel: 'normalize',
    spec: { ...spec, residual },
    inputs: residual ? [...inputs, draw.values(float32, length, 1)] : inputs,
    outputs: [{ dtype: float32, length }],
    allowance: { kind: 'ulps', ulps: 4, absolute: 2 ** -20 },
  }
}

export function drawNormalizeGradient(draw: Draw): FuzzCase<'normalizeGradient'> {
  const { spec, rows, inputs } = drawNormalization(draw)
  const { length } = inputs[0].data
  const perChannel = { dtype: float32, length: spec.channels } as const
  return {
    kernel: 'normalizeGradient',
    spec,
    inputs: [draw.values(float32, length, 1), ...inputs],
    outputs: [{ dtype: float32, length }, perChannel, perChannel],
    // Sums of terms up to 2.
    allowance: { kind: 'ulps', ulps: 8, absolute: (3 + 2 * Math.sqrt(rows)) * 2 ** -24 * 2 * rows },
  }
}

/** Numbers from 0.1 to 1 in size: no length is next to 0. */
const awayFrom0 = ({ dtype, data }: Operand): Operand => ({
  dtype,
  data: data.map((x) => (x < 0 ? -0.1 : 0.1) + 0.9 * x),
})

export function drawWeightNorm(draw: Draw): FuzzCase<'weightNorm'> {
  const { rows, channels } = drawRows(draw)
  const v = awayFrom0(draw.values(float32, rows * channels, 1))
  return {
    kernel: 'weightNorm',
    spec: { channels },
    inputs: [v, draw.values(float32, channels, 1)],
    outputs: [{ dtype: float32, length: v.data.length }],
    // The sum of squares rounds least where it counts: none of its terms is negative.
    allowance: { kind: 'ulps', ulps: 16 },
  }
}

export function drawWeightNormGradient(draw: Draw): FuzzCase<'weightNormGradient'> {
  const { rows, channels } = drawRows(draw)
  const v = awayFrom0(draw.values(float32, rows * channels, 1))
  return {
    kernel: 'weightNormGradient',
    spec: { channels },
    inputs: [draw.values(float32, v.data.length, 1), v, draw.values(float32, channels, 1)],
    outputs: [
      { dtype: float32, length: v.data.length },
      { dtype: float32, length: channels },
    ],
    // A sum of terms up to 1 over a length of 0.1·√rows at least, twice.
    allowance: { kind: 'ulps', ulps: 16, absolute: 100 * (3 + 2 * Math.sqrt(rows)) * 2 ** -24 * Math.sqrt(rows) },
  }
}

const drawLogits = (draw: Draw) => {
  const { rows, channels: classes } = drawRows(draw)
  const x = draw.values(float32, rows * classes, draw.pick([1, 10]))
  // What is left out on purpose.
  if (classes > 1 && draw.chance(0.2)) x.data[draw.below(x.data.length)] = Number.NEGATIVE_INFINITY
  const labels: Operand = { dtype: 'int32', data: Int32Array.from({ length: rows }, () => draw.below(classes)) }
  return { rows, classes, x, labels }
}

export function drawSoftmaxLoss(draw: Draw): FuzzCase<'softmaxLoss'> {
  const { rows, classes, x, labels } = drawLogits(draw)
  const output = { dtype: float32, length: rows } as const
  return {
    kernel: 'softmaxLoss',
    spec: { classes },
    inputs: [x, labels],
    outputs: [output, output, output],
    // Differences of logits up to 20, and the logarithm of up to 700.
    allowance: { kind: 'ulps', ulps: 4, absolute: 2 ** -19 },
  }
}

export function drawSoftmaxLossGradient(draw: Draw): FuzzCase<'softmaxLossGradient'> {
  const { rows, classes, x, labels } = drawLogits(draw)
  const sums = [0, 1, 2].map(() => new Float32Array(rows))
  kernels.softmaxLoss.loops({ classes }, [x.data, labels.data], sums)
  return {
    kernel: 'softmaxLossGradient',
    spec: { classes },
    inputs: [
      draw.values(float32, rows, 1),
      x,
      labels,
      ...sums.slice(1).map((data) => ({ dtype: float32, data }) as const),
    ],
    outputs: [{ dtype: float32, length: x.data.length }],
    // Powers of arguments up to 27 in size, rounded before.
    allowance: { kind: 'ulps', ulps: 4, absolute: 2 ** -19 },
  }
}
