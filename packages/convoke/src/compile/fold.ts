// Convolutions and matrix products with what follows them: normalisation and scales folded into the filter, the sum with another path
// and the activation in the epilogue.

import type { Activation, Epilogue, KernelSpecs } from '../backends/backend.ts'
import { withBackend } from '../backends/current.ts'
import * as kernels from '../backends/kernels/index.ts'
import { add, multiply, reshape, rsqrt, subtract, transpose } from '../ops/index.ts'
import { convShapes, convSpec } from '../shapes/conv-spec.ts'
import { ConvokeError } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { activationAfter } from './activation.ts'
import { type Cell, isConstant, isKernel, type KernelStep, type Step } from './program.ts'
import type { Rewriter } from './rewrite.ts'
import { isContiguous, isPerChannel } from './strides.ts'

export type ConvStep = KernelStep<'conv'> | KernelStep<'convTranspose'>
export const isConv = (step: Step): step is ConvStep => isKernel(step, 'conv') || isKernel(step, 'convTranspose')

const nothing: Epilogue = { bias: false, residual: false, activation: null }

/** A convolution with the inputs of its epilogue by name. */
interface Parts {
  readonly step: ConvStep
  readonly epilogue: Epilogue
  readonly filter: Cell
  readonly bias: Cell | null
  readonly channels: number
}

function partsOf(step: ConvStep): Parts {
  const { conv, epilogue } = step.spec
  const shapes = convShapes(conv)
  const shape = isKernel(step, 'conv') ? shapes.output : shapes.input
  return {
    ...{ step, epilogue: epilogue ?? nothing, filter: step.inputs[1] },
    bias: epilogue?.bias === true ? step.inputs[2] : null,
    channels: shape[shape.length - 1],
  }
}

function withEpilogue(
  { step }: Parts,
  epilogue: Epilogue,
  inputs: readonly Cell[],
  result: Cell,
  path: string,
): ConvStep {
  const plain = !epilogue.bias && !epilogue.residual && epilogue.activation === null
  const spec: KernelSpecs['conv'] = Object.freeze({
    ...step.spec,
    epilogue: plain ? null : Object.freeze({ ...epilogue, activation: frozen(epilogue.activation) }),
  })
  return { ...step, spec, inputs, outputs: [result], path } as ConvStep
}

const frozen = (activation: Activation | null): Activation | null => activation && Object.freeze({ ...activation })

/** Joins every convolution, and every product with constant weights, with what follows it. */
export function foldConvolutions(rewriter: Rewriter): void {
  for (const step of rewriter.steps()) {
    if (!rewriter.has(step)) continue
    const start = isConv(step) ? step : asConvolution(rewriter, step)
    let now = start
    while (now !== null) now = scaled(rewriter, now) ?? summed(rewriter, now) ?? activated(rewriter, now)
  }
}

/** A constant of so many elements, computed when it is read. */
const laterConstant = ({ program: { backend } }: Rewriter, length: number, make: () => Tensor): Cell => ({
  ...{ dtype: 'float32', length, own: true },
  make: () =>
    withBackend(backend, () => {
      const made = make()
      // What somebody else has, too, is copied.
      return made.storage.references === 1 ? made : multiply(made, 1)
    }),
})

/** The numbers of a constant, inside `make` of another. */
function numbersOf({ constant, make }: Cell): Tensor {
  const numbers = constant ?? make?.()
  if (numbers === undefined) throw new ConvokeError('compile: a value that changes from run to run has no numbers yet.')
  return numbers
}

/** A factor and a shift a channel, to be computed of constants; null where there is none. */
interface Scaling {
  readonly factor: (() => Tensor) | null
  readonly shift: (() => Tensor) | null
  readonly relu: boolean
}

/** What follows the convolution, as factors and shifts, in its filter and bias. */
function scaled(rewriter: Rewriter, step: ConvStep): ConvStep | null {
  const parts = partsOf(step)
  const { epilogue, filter, bias, channels } = parts
  const next = rewriter.nextOf(step.outputs[0])
  if (next === undefined || epilogue.residual || epilogue.activation !== null) return null
  if (bias !== null && !isConstant(bias)) return null
  const scaling = scalingOf(next, step.outputs[0], channels)
  if (scaling === null) return null
  const { factor, shift, relu } = scaling
  if (factor !== null && !isConstant(filter)) return null
  const newFilter =
    factor === null
      ? filter
      : laterConstant(rewriter, filter.length, () => scaledFilter(step, numbersOf(filter), factor()))
  const moved = (own: Tensor): Tensor => {
    const scaledOwn = factor === null ? own : multiply(own, factor())
    return shift === null ? scaledOwn : add(scaledOwn, shift())
  }
  const newBias =
    bias !== null
      ? laterConstant(rewriter, channels, () => moved(numbersOf(bias)))
      : shift === null
        ? null
        : laterConstant(rewriter, channels, shift)
  const made = withEpilogue(
    parts,
    { bias: newBias !== null, residual: false, activation: relu ? { kind: 'relu' } : null },
    [step.inputs[0], newFilter, ...(newBias === null ? [] : [newBias])],
    next.outputs[0],
    step.path,
  )
  rewriter.replace([step, next], made)
  return made
}

/** The filter with each channel of the result times a factor. */
function scaledFilter(step: ConvStep, filter: Tensor, factor: Tensor): Tensor {
  const { filter: shape } = convShapes(step.spec.conv)
  const full = reshape(filter, shape)
  if (isKernel(step, 'conv')) return multiply(full, factor)
  // The channels of an adjoint's result are the filter's next to last axis, those of each group apart.
  const { groups } = step.spec.conv
  const [inputs, outputs] = shape.slice(-2)
  const grouped = reshape(full, [...shape.slice(0, -2), inputs, groups, outputs / groups])
  return multiply(grouped, reshape(transpose(reshape(factor, [groups, inputs]), [1, 0]), [inputs, groups, 1]))
}

function scalingOf(step: Step, value: Cell, channels: number): Scaling | null {
  if (isKernel(step, 'normalize')) {
    const [x, ...statistics] = step.inputs
    const [centre, spread, scale, shift] = statistics.map(({ constant }) => constant)
    if (x !== value || step.spec.channels !== channels || step.spec.residual) return null
    if (centre === undefined || spread === undefined || scale === undefined || shift === undefined) return null
    const factor = (): Tensor => multiply(scale, rsqrt(add(spread, step.spec.epsilon)))
    return { factor, shift: () => subtract(shift, multiply(centre, factor())), relu: step.spec.relu }
  }
  if (!isKernel(step, 'binary')) return null
  const { op, shape, strides } = step.spec
  const at = step.inputs.indexOf(value)
  const other = step.inputs[1 - at]
  const constant = other?.constant
  if (constant === undefined || other.dtype !== 'float32' || step.outputs[0].length !== value.length) return null
  if (!isContiguous(shape, strides[at]) || !isPerChannel(shape, strides[1 - at], other.length)) return null
  if (other.length !== 1 && other.length !== channels) return null
  const spread = (): Tensor => (other.length === channels ? constant : multiply(constant, ones(channels)))
  const plain = { factor: null, shift: null, relu: false }
  if (op === 'add') return { ...plain, shift: spread }
  if (op === 'multiply') return { ...plain, factor: spread }
  if (at !== 0) return null
  if (op === 'subtract') return { ...plain, shift: () => subtract(0, spread()) }
  return null
}

const ones = (length: number): readonly number[] => new Array<number>(length).fill(1)

/** The sum with another value of the same shape, which is there by then. */
export function summed(
  rewriter: Rewriter,
  step: ConvStep,
  mayReplace: (made: ConvStep) => boolean = () => true,
): ConvStep | null {
  const parts = partsOf(step)
  if (parts.epilogue.residual || parts.epilogue.activation !== null) return null
  const sum = sumAfter(rewriter, step.outputs[0])
  if (sum === null) return null
  const epilogue = { ...parts.epilogue, residual: true }
  const made = withEpilogue(parts, epilogue, [...step.inputs, sum.other], sum.next.outputs[0], step.path)
  if (!mayReplace(made)) return null
  rewriter.replace([step, sum.next], made)
  return made
}

/** The sum of a value and another of the same shape, where nothing else reads the value. */
export function sumAfter(
  rewriter: Rewriter,
  value: Cell,
): { readonly next: KernelStep<'binary'>; readonly other: Cell } | null {
  const next = rewriter.nextOf(value)
  if (next === undefined || !isKernel(next, 'binary') || next.spec.op !== 'add') return null
  const { shape, strides } = next.spec
  const other = next.inputs[0] === value ? next.inputs[1] : next.inputs[0]
  if (other === value || other.length !== value.length || other.dtype !== 'float32') return null
  return strides.every((each) => isContiguous(shape, each)) ? { next, other } : null
}

function activated(rewriter: Rewriter, step: ConvStep): ConvStep | null {
  const parts = partsOf(step)
  if (parts.epilogue.activation !== null) return null
  const found = activationAfter(rewriter, step.outputs[0])
  if (found === null) return null
  const { activation, result } = found
  const made = withEpilogue(parts, { ...parts.epilogue, activation }, step.inputs, result, step.path)
  rewriter.replace([step, ...found.steps], made)
  return made
}

/** A product with constant weights as a convolution of size 1, which packs them once. */
function asConvolution(rewriter: Rewriter, step: Step): ConvStep | null {
  if (!isKernel(step, 'matmul')) return null
  const { batch, m, n, k, transposeA, transposeB, strideA, strideB } = step.spec
  const weights = step.inputs[1].constant
  const isOne = batch === 1 || (strideB === 0 && strideA === m * k)
  // One row is not worth packing for: its time is that of reading the weights once.
  if (weights === undefined || transposeA || !isOne || batch * m < 2 || n === 0 || k === 0) return null
  const turned = transposeB
    ? laterConstant(rewriter, k * n, () => transpose(reshape(weights, [n, k]), [1, 0]))
    : step.inputs[1]
  const conv = convSpec('compile', [1, batch * m, k], [1, k, n], {})
  const spec: KernelSpecs['conv'] = Object.freeze({ conv, epilogue: null, precision: 'fast', training: false })
  const made: ConvStep = {
    kernel: kernels.conv,
    spec,
    path: step.path,
    inputs: [step.inputs[0], turned],
    outputs: step.outputs,
  }
  rewriter.replace([step], made)
  return made
}
