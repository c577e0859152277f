// Connectionist temporal classification (Graves, Fernández, Gomez & Schmidhuber 2006): the loss of a sequence of labels without knowing at
// which step each of them stands. The forward variable α of the paper, as logarithms; its gradient on the tape is the backward variable β.

import { scope } from '../autodiff/gradients.ts'
import { floatTensor } from '../ops/arguments.ts'
import {
  add,
  broadcastTo,
  divide,
  gatherElements,
  greater,
  logSoftmax,
  logSumExp,
  maximum,
  negate,
  pad,
  slice,
  split,
  squeeze,
  stack,
  where,
} from '../ops/index.ts'
import { ConvokeError, check, checkOptions, show, showShape } from '../shapes/error.ts'
import { fromData, type TensorLike } from '../tensor/create.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type LossOptions, reduce } from './loss-terms.ts'

/** Labels of each example: a list a label, or int32 `[batch, longest]` with `targetLengths`. */
export type CtcTargets = readonly ArrayLike<number>[] | Tensor

/** The options of `ctcLoss`. */
export interface CtcOptions extends LossOptions {
  /** The blank class. Default: 0. */
  readonly blank?: number | undefined
  /** Number of steps of each example, from the first; all when not given. */
  readonly inputLengths?: ArrayLike<number> | undefined
  /** Number of labels in each row of a tensor; all when not given. Lists have their own lengths. */
  readonly targetLengths?: ArrayLike<number> | undefined
  /** Examples whose labels do not fit into their steps cost 0 in place of ∞. Default false. */
  readonly zeroInfinity?: boolean | undefined
}

/** The logarithm of no chance: finite, so that differences of it are 0 and not NaN. */
const never = -1e30

/**
 * −log p(labels | logits), summed over all ways in which the labels, each for one or more steps, with or without blanks in between, fill the
 * steps; between two equal labels there must be a blank. Logits `[batch, steps, classes]`; log probabilities are allowed as
 * well. With `reduction: 'mean'` the loss of each example is divided by the number of its labels (1 at least) before the
 * mean, as in PyTorch. An example whose labels need more steps than there are costs ∞, and has a gradient of 0. Labels and
 * lengths have no gradients.
 *
 * @example
 * // Two steps of even chances for blank and one label: of the four ways three give the label.
 * nn.ctcLoss(tensor([[[0, 0], [0, 0]]]), [[1]]).item()  // 0.28768206
 */
export function ctcLoss(logits: TensorLike, targets: CtcTargets, options: CtcOptions = {}): Tensor {
  return scope(() => {
    checkOptions('ctcLoss', options, ['blank', 'inputLengths', 'targetLengths', 'zeroInfinity', 'reduction'])
    const x = floatTensor('ctcLoss', 'the logits', logits)
    check(
      x.rank === 3 && x.shape[1] > 0,
      () =>
        `ctcLoss: the logits have shape ${showShape(x.shape)}; they must be [batch, steps, classes], with a step at least.`,
    )
    const [batch, steps, classes] = x.shape
    const { blank = 0, reduction = 'mean', zeroInfinity = false } = options
    check(
      Number.isInteger(blank) && blank >= 0 && blank < classes,
      () => `ctcLoss: the blank is ${show(blank)}; it must be one of the classes, 0 to ${classes - 1}.`,
    )
    const labels = labelsOf(targets, options.targetLengths, batch)
    labels.forEach((of, example) => {
      const faulty = of.find((label) => !Number.isInteger(label) || label < 0 || label >= classes || label === blank)
      check(
        faulty === undefined,
        () =>
          `ctcLoss: example ${example} has the label ${show(faulty)}; labels are whole numbers from 0 to ${classes - 1} other than the blank, ${blank}.`,
      )
    })
    const lengths = lengthsOf('inputLengths', options.inputLengths, batch, steps, 1)
    if (batch === 0) return reduce('ctcLoss', fromData([], [0], 'float32'), { reduction })
    const chance = forward(x, labels, blank, lengths)
    const loss = where(greater(chance, never / 10), negate(chance), zeroInfinity ? 0 : Number.POSITIVE_INFINITY)
    if (reduction !== 'mean') return reduce('ctcLoss', loss, { reduction })
    const each = Float32Array.from(labels, ({ length }) => Math.max(1, length))
    return reduce('ctcLoss', divide(loss, fromData(each, [batch], 'float32')), { reduction })
  })
}

/** log p of each example: `[batch]`. */
function forward(
  x: Tensor,
  labels: readonly (readonly number[])[],
  blank: number,
  lengths: readonly number[] | null,
): Tensor {
  const [batch, steps] = x.shape
  const { places, path, skips, ends } = pathsOf(labels, blank)
  const index = broadcastTo(fromData(path, [batch, 1, places], 'int32'), [batch, steps, places])
  const chances = split(maximum(gatherElements(logSoftmax(x), index, -1), never), steps, 1).map((at) => squeeze(at, 1))
  const mask = fromData(skips, [batch, places], 'float32')
  const first = Float32Array.from({ length: batch * places }, (_, at) => (at % places < 2 ? 0 : never))
  let alpha = add(fromData(first, [batch, places], 'float32'), chances[0])
  for (let step = 1; step < steps; step++) {
    // One place and two places further left, where no place is there is no chance.
    const wide = pad(
      alpha,
      [
        [0, 0],
        [2, 0],
      ],
      { value: never },
    )
    const before = slice(wide, [{}, { start: 1, stop: places + 1 }])
    const skipped = add(slice(wide, [{}, { stop: places }]), mask)
    const next = add(logSumExp(stack([alpha, before, skipped]), { axes: 0 }), chances[step])
    alpha = lengths === null ? next : where(running(lengths, step), next, alpha)
  }
  return logSumExp(add(alpha, fromData(ends, [batch, places], 'float32')), { axes: 1 })
}

/** Which examples have a step so late: `[batch, 1]`. */
const running = (lengths: readonly number[], step: number): Tensor =>
  fromData(
    lengths.map((length) => (step < length ? 1 : 0)),
    [lengths.length, 1],
    'bool',
  )

interface Paths {
  /** Blanks around and between the labels: 2 · longest + 1. */
  readonly places: number
  /** The class at each place, `[batch, places]`. */
  readonly path: Int32Array
  /** 0 where a place may be reached from two places before, passing over a blank. */
  readonly skips: Float32Array
  /** 0 where an example may end: at its last label and the blank behind it. */
  readonly ends: Float32Array
}

function pathsOf(labels: readonly (readonly number[])[], blank: number): Paths {
  const longest = labels.reduce((most, { length }) => Math.max(most, length), 1)
  const places = 2 * longest + 1
  const path = new Int32Array(labels.length * places).fill(blank)
  const skips = new Float32Array(path.length).fill(never)
  const ends = new Float32Array(path.length).fill(never)
  labels.forEach((of, example) => {
    const start = example * places
    of.forEach((label, i) => {
      path[start + 2 * i + 1] = label
      if (i > 0 && label !== of[i - 1]) skips[start + 2 * i + 1] = 0
    })
    ends[start + 2 * of.length] = 0
    if (of.length > 0) ends[start + 2 * of.length - 1] = 0
  })
  return { places, path, skips, ends }
}

function lengthsOf(
  name: string,
  given: ArrayLike<number> | undefined,
  batch: number,
  most: number,
  least: number,
): readonly number[] | null {
  if (given === undefined) return null
  const lengths = Array.from(given)
  const fits = (length: number): boolean => Number.isInteger(length) && length >= least && length <= most
  check(
    lengths.length === batch && lengths.every(fits),
    () =>
      `ctcLoss: ${name} is ${show(lengths)}; it must be ${batch} whole numbers from ${least} to ${most}, one per example.`,
  )
  return lengths
}

function labelsOf(targets: CtcTargets, given: ArrayLike<number> | undefined, batch: number): number[][] {
  if (targets instanceof Tensor) {
    check(
      targets.rank === 2 && targets.shape[0] === batch && targets.dtype !== 'float32',
      () =>
        `ctcLoss: the targets are ${targets.dtype} ${showShape(targets.shape)}; they must be int32 [${batch}, longest], or a list of labels for each example.`,
    )
    const longest = targets.shape[1]
    const numbers = Array.from(targets.dataSync())
    const lengths = lengthsOf('targetLengths', given, batch, longest, 0)
    return Array.from({ length: batch }, (_, i) => numbers.slice(i * longest, i * longest + (lengths?.[i] ?? longest)))
  }
  if (given !== undefined)
    throw new ConvokeError('ctcLoss: targetLengths goes with a tensor of targets; lists have their own lengths.')
  check(
    Array.isArray(targets) && targets.length === batch,
    () => `ctcLoss: the targets must be a list of labels for each of the ${batch} examples, or an int32 tensor.`,
  )
  return targets.map((labels) => Array.from(labels))
}
