// A convolution of every channel with one separable filter, as a plan of the engine.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { check } from '../../../../shapes/error.ts'
import type { Epilogue, KernelName } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { ArgumentValue, Derived, KernelPlan } from '../plan.ts'
import { type SeparableFilter, separate } from './factor.ts'
import { separableLayout } from './layout.ts'
import { separableProgram } from './program.ts'

/** The factors of the filter, kept with it; `from` is the buffer's number. Throws for a filter that has none. */
function factorsOf(spec: ConvSpec, rows: number, from: number): Derived[] {
  const [height, width] = spec.kernel
  const factors = (filter: Float32Array) => {
    const found = separateEvery(filter, spec)
    check(found !== null, () => 'Separable passes: the filter is not a column times a row, the same for every channel.')
    return found
  }
  const sizes = `${height}×${width} ${spec.outputChannels}`
  return [
    {
      input: from,
      bytes: 4 * (height + 2 * (rows - 1)),
      key: `column ${sizes} ${rows}`,
      compute: (filter, target) => {
        target.fill(0)
        target.set(factors(filter).column, rows - 1)
      },
    },
    {
      input: from,
      bytes: 4 * width,
      key: `row ${sizes}`,
      compute: (filter, target) => target.set(factors(filter).row),
    },
  ]
}

/** The factors of a filter `[height, width, 1, channels]` that is the same for every channel and has rank one; else null. */
export function separateEvery(filter: Float32Array, { kernel, outputChannels }: ConvSpec): SeparableFilter | null {
  const [height, width] = kernel
  const first = new Float32Array(height * width)
  for (let tap = 0; tap < first.length; tap++) {
    first[tap] = filter[tap * outputChannels]
    for (let c = 1; c < outputChannels; c++) if (filter[tap * outputChannels + c] !== first[tap]) return null
  }
  return separate(first, height, width)
}

/** Whether the filter of a `conv`, or the kernel of a `correlate`, is a column times a row. */
export const separates = (kernel: KernelName, filter: Float32Array, conv: ConvSpec): boolean =>
  kernel === 'correlate'
    ? separate(filter, conv.kernel[0], conv.kernel[1], 'each tap') !== null
    : separateEvery(filter, conv) !== null

/**
 * The plan of `conv` with a filter that is a column times a row, the same for every channel (`separateEvery`). Buffers: x,
 * filter, bias (one channel only) and residual where the epilogue has them; then y. Throws `ConvokeError` where the
 * algorithm does not apply.
 */
export function planSeparable(
  { conv: spec, epilogue }: { readonly conv: ConvSpec; readonly epilogue: Epilogue | null },
  target: Target,
): KernelPlan {
  const layout = separableLayout(spec, target)
  check(
    !epilogue?.bias || spec.inputChannels === 1,
    () =>
      `Separable passes: a bias on ${spec.inputChannels} channels; they support it on one only. Add it in a separate step.`,
  )
  const { rows, inputFloats, outputFloats, rowFloats, taps } = layout
  const program = separableProgram(layout, epilogue, target)
  const [height, outputHeight] = [spec.inputSize[0], spec.outputSize[0]]
  const perImage = Math.ceil(outputHeight / rows)
  const filter = 1
  const bias = 2
  const residual = bias + (epilogue?.bias ? 1 : 0)
  const y = residual + (epilogue?.residual ? 1 : 0)
  const argumentsOf = (task: number): ArgumentValue[] => {
    const [image, start] = [Math.floor(task / perImage), (task % perImage) * rows]
    const top = start - spec.padding[0][0]
    const [first, end] = [Math.max(0, top), Math.min(height, top + rows - 1 + taps[0])]
    const offset = (image * outputHeight + start) * outputFloats * 4
    const values: Readonly<Record<string, ArgumentValue>> = {
      x: { buffer: 0, offset: end > first ? (image * height + first) * inputFloats * 4 : 0 },
      columnTaps: { buffer: y + 2, offset: end > first ? (rows - 1 + first - top) * 4 : 0 },
      inputRows: Math.max(0, end - first),
      rowTaps: { buffer: y + 3, offset: 0 },
      ...{ y: { buffer: y, offset }, residual: { buffer: residual, offset }, bias: { buffer: bias, offset: 0 } },
      ...epilogueArguments(epilogue),
      outputRows: Math.min(rows, outputHeight - start),
      scratch: { buffer: y + 1, offset: 0 },
    }
    return program.arguments.map(({ name }) => values[name])
  }
  return Object.freeze({
    name: program.name,
    steps: [{ program, tasks: spec.batch * perImage, argumentsOf }],
    scratch: [],
    tables: [],
    workerScratch: [rows * rowFloats * 4],
    derived: factorsOf(spec, rows, filter),
  })
}
