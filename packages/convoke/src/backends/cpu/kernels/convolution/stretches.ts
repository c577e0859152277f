// Long axes in stretches. Plans write down every row of tiles, so what has millions of rows is cut into parts that are
// convolutions of their own: those in the middle are all alike, share one plan, and differ only in where they begin.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { largestOf } from '../../../../shapes/extremes.ts'
import type { Derived, KernelPlan, KernelStep } from '../plan.ts'
import { renumbered } from './renumbered.ts'

/** A part of a convolution, and the pixels of input and output before it. */
export interface Stretch {
  readonly conv: ConvSpec
  /** Equal for equal specs. */
  readonly key: string
  readonly input: number
  readonly output: number
}

/** Rows, and positions of an axis that has no rows around it, that are planned as a whole. */
const mostRows = 2 ** 16
const mostAlong = 2 ** 19

/** Positions of a stretch, and how many stretches there may be of smaller ones. */
const positionsOf = (total: number): number => Math.max(2 ** 15, Math.ceil(total / 1024))

/** The side whose positions are shared out: stretches may read the same parts of the other. */
export type Side = 'input' | 'output'

/** A kernel of one tap, without stride and padding, takes all pixels for one axis. */
function asPixels(conv: ConvSpec): ConvSpec {
  const { kernel, stride, padding, inputSize, outputSize } = conv
  const single = kernel.every((size) => size === 1) && stride.every((step) => step === 1)
  if (!single || padding.flat().some((amount) => amount !== 0)) return conv
  if (inputSize.some((size, axis) => size !== outputSize[axis])) return conv
  const pixels = [conv.batch * sizeOf(inputSize)]
  return {
    ...conv,
    ...{ rank: 1, batch: 1, inputSize: pixels, outputSize: pixels, kernel: [1], stride: [1] },
    ...{ padding: [[0, 0]], dilation: [1] },
  }
}

/** Where the outermost axis of more than one position stands. */
function outermost({ inputSize, outputSize, rank }: ConvSpec): number {
  const found = inputSize.findIndex((size, axis) => size > 1 || outputSize[axis] > 1)
  return found < 0 ? rank - 1 : found
}

const replaced = <T>(list: readonly T[], at: number, value: T): T[] => list.map((old, i) => (i === at ? value : old))

interface AxisPart {
  readonly input: readonly [number, number]
  readonly output: readonly [number, number]
  readonly before: number
}

/** Outputs first … end − 1 of an axis, the inputs they read, and the padding before those. */
function byOutput(conv: ConvSpec, axis: number, first: number, end: number): AxisPart {
  const [stride, size, taps] = [conv.stride[axis], conv.inputSize[axis], conv.kernel[axis] - 1]
  const from = first * stride - conv.padding[axis][0]
  const to = from + (end - first - 1) * stride + taps * conv.dilation[axis] + 1
  const [start, stop] = [Math.max(0, from), Math.min(size, to)]
  // All of it reads padding: a position stands for none, and lies behind all windows.
  if (start >= stop) return { input: [0, 1], output: [first, end], before: to - from }
  return { input: [start, stop], output: [first, end], before: start - from }
}

/** Inputs first … end − 1 of an axis, and the outputs that read them. */
function byInput(conv: ConvSpec, axis: number, first: number, end: number): AxisPart {
  const [stride, size, before] = [conv.stride[axis], conv.outputSize[axis], conv.padding[axis][0]]
  const span = (conv.kernel[axis] - 1) * conv.dilation[axis]
  const stop = Math.min(size, Math.floor((end - 1 + before) / stride) + 1)
  const start = Math.max(0, Math.min(stop - 1, Math.floor((first + before - span) / stride)))
  return { input: [first, end], output: [start, Math.max(stop, start + 1)], before: before + first - start * stride }
}

function stretchOf(conv: ConvSpec, axis: number, part: AxisPart, image: number): Stretch {
  const { inputSize, outputSize, padding } = conv
  const [input, output] = [part.input[1] - part.input[0], part.output[1] - part.output[0]]
  const extent = (output - 1) * conv.stride[axis] + (conv.kernel[axis] - 1) * conv.dilation[axis] + 1
  const own: ConvSpec = {
    ...conv,
    batch: 1,
    inputSize: replaced(inputSize, axis, input),
    outputSize: replaced(outputSize, axis, output),
    padding: replaced(padding, axis, [part.before, Math.max(0, extent - part.before - input)]),
  }
  return {
    conv: own,
    key: `${input} ${output} ${part.before}`,
    input: image * sizeOf(inputSize) + part.input[0] * sizeOf(inputSize.slice(axis + 1)),
    output: image * sizeOf(outputSize) + part.output[0] * sizeOf(outputSize.slice(axis + 1)),
  }
}

/** Images a few at a time. */
function byImages(conv: ConvSpec, positions: number): Stretch[] {
  const most = Math.max(1, Math.ceil(positionsOf(positions) / (positions / conv.batch)))
  return Array.from({ length: Math.ceil(conv.batch / most) }, (_, i): Stretch => {
    const batch = Math.min(most, conv.batch - i * most)
    const first = i * most
    return {
      ...{ conv: { ...conv, batch }, key: `${batch}` },
      ...{ input: first * sizeOf(conv.inputSize), output: first * sizeOf(conv.outputSize) },
    }
  })
}

/** The stretches of a convolution, in order, or null where it is planned as a whole. */
export function stretchesOf(given: ConvSpec, side: Side): readonly Stretch[] | null {
  const conv = asPixels(given)
  const sizes = side === 'output' ? conv.outputSize : conv.inputSize
  const axis = outermost(conv)
  const rows = conv.batch * Math.max(sizeOf(conv.inputSize.slice(0, -1)), sizeOf(conv.outputSize.slice(0, -1)))
  const along = axis === conv.rank - 1 ? Math.max(conv.inputSize[axis], conv.outputSize[axis]) : 0
  if (rows <= mostRows && along <= mostAlong) return null
  if (sizeOf(conv.inputSize) === 0 || sizeOf(sizes) === 0) return null
  const positions = conv.batch * sizeOf(sizes)
  if (conv.batch > 1 && rows / conv.batch <= mostRows / 16 && along <= mostAlong) return byImages(conv, positions)
  const each = sizeOf(sizes.slice(axis + 1))
  const stride = conv.stride[axis]
  const step = stride * Math.max(1, Math.ceil(positionsOf(positions) / (each * stride)))
  const count = Math.ceil(sizes[axis] / step)
  if (count < 2) return null
  const part = side === 'output' ? byOutput : byInput
  return Array.from({ length: conv.batch }, (_, image) =>
    Array.from({ length: count }, (__, i) => {
      const first = i * step
      return stretchOf(conv, axis, part(conv, axis, first, Math.min(sizes[axis], first + step)), image)
    }),
  ).flat()
}

/** What a plan of stretches is made of. */
export interface StretchedPlan {
  readonly stretches: readonly Stretch[]
  readonly planOf: (conv: ConvSpec) => KernelPlan
  /** Bytes that each of the plan's inputs and its output begin further on for a stretch, in order. */
  readonly offsetsOf: (stretch: Stretch) => readonly number[]
}

interface Placed {
  readonly plan: KernelPlan
  /** Its buffers in the plan of all. */
  readonly buffers: readonly number[]
  readonly stretches: Stretch[]
}

const count = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i)

/** Scratch that serves every plan in its turn. */
function shared(lists: readonly (readonly number[])[]): number[] {
  const length = largestOf(lists.map((list) => list.length))
  return count(0, length).map((i) => largestOf(lists.map((list) => list[i] ?? 0)))
}

/** A step once for each stretch. */
function repeated(step: KernelStep, { buffers, stretches }: Placed, offsetsOf: StretchedPlan['offsetsOf']): KernelStep {
  const all = stretches.map((stretch) => renumbered(step, buffers, offsetsOf(stretch)))
  return {
    ...step,
    tasks: step.tasks * stretches.length,
    argumentsOf: (task) => all[Math.floor(task / step.tasks)].argumentsOf(task % step.tasks),
  }
}

/** One plan for all stretches: they run at once, or, where steps wait for each other, one after the other. */
export function planStretches({ stretches, planOf, offsetsOf }: StretchedPlan): KernelPlan {
  const fixed = offsetsOf(stretches[0]).length
  const plans = new Map<string, { readonly plan: KernelPlan; readonly stretches: Stretch[] }>()
  for (const stretch of stretches) {
    const known = plans.get(stretch.key)
    if (known === undefined) plans.set(stretch.key, { plan: planOf(stretch.conv), stretches: [stretch] })
    else known.stretches.push(stretch)
  }
  const list = [...plans.values()]
  const scratch = shared(list.map(({ plan }) => plan.scratch))
  const workerScratch = shared(list.map(({ plan }) => plan.workerScratch ?? []))
  const tables = list.flatMap(({ plan }) => plan.tables)
  let table = fixed + scratch.length
  const worker = table + tables.length
  let derived = worker + workerScratch.length
  const placed = list.map((entry): Placed => {
    const own = entry.plan
    const buffers = [
      ...count(0, fixed + own.scratch.length),
      ...count(table, own.tables.length),
      ...count(worker, own.workerScratch?.length ?? 0),
      ...count(derived, own.derived?.length ?? 0),
    ]
    table += own.tables.length
    derived += own.derived?.length ?? 0
    return { ...entry, buffers }
  })
  const together = list.every(({ plan }) => plan.scratch.length === 0 && plan.steps.every((s, i) => i === 0 || s.joins))
  const middle = placed.reduce((most, entry) => (entry.stretches.length > most.stretches.length ? entry : most))
  const steps = together
    ? placed.flatMap((entry) => entry.plan.steps.map((step) => repeated(step, entry, offsetsOf)))
    : inTurn(stretches, placed, offsetsOf)
  return Object.freeze({
    name: middle.plan.name,
    steps: together ? steps.map((step, i) => (i === 0 ? step : { ...step, joins: true })) : steps,
    ...{ scratch, tables, workerScratch },
    derived: placed.flatMap(({ plan, buffers }) =>
      (plan.derived ?? []).map(
        (entry): Derived =>
          entry.steps === undefined ? entry : { ...entry, steps: entry.steps.map((step) => renumbered(step, buffers)) },
      ),
    ),
  })
}

function inTurn(
  stretches: readonly Stretch[],
  placed: readonly Placed[],
  offsetsOf: StretchedPlan['offsetsOf'],
): KernelStep[] {
  const byKey = new Map(placed.map((entry) => [entry.stretches[0].key, entry]))
  return stretches.flatMap((stretch) => {
    const { plan, buffers } = byKey.get(stretch.key) as Placed
    const offsets = offsetsOf(stretch)
    return plan.steps.map((step) => renumbered(step, buffers, offsets))
  })
}
