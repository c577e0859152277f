// A convolution of every channel with one separable filter, as a plan of the engine.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { check } from '../../../../shapes/error.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { ArgumentValue, KernelPlan } from '../plan.ts'
import type { SeparableFilter } from './factor.ts'
import { separableLayout } from './layout.ts'
import { separableProgram } from './program.ts'

/**
 * The plan of `conv` with the filter `column` ⊗ `row` on every channel, known when the plan is made. Buffers: x, bias (one
 * channel only) and residual where the epilogue has them; then y. Throws `ConvokeError` where the algorithm does not apply.
 */
export function planSeparable(
  { conv: spec, epilogue }: { readonly conv: ConvSpec; readonly epilogue: Epilogue | null },
  filter: SeparableFilter,
  target: Target,
): KernelPlan {
  const layout = separableLayout(spec, target)
  check(
    !epilogue?.bias || spec.inputChannels === 1,
    () =>
      `Separable passes: a bias on ${spec.inputChannels} channels; they take it on one. Add it in a step of its own.`,
  )
  const { rows, inputFloats, outputFloats, rowFloats, taps } = layout
  const program = separableProgram(layout, epilogue, target)
  const [height, outputHeight] = [spec.inputSize[0], spec.outputSize[0]]
  const perImage = Math.ceil(outputHeight / rows)
  const columnTaps = new Float32Array(taps[0] + 2 * (rows - 1))
  columnTaps.set(filter.column, rows - 1)
  const bias = 1
  const residual = bias + (epilogue?.bias ? 1 : 0)
  const y = residual + (epilogue?.residual ? 1 : 0)
  const argumentsOf = (task: number): ArgumentValue[] => {
    const [image, start] = [Math.floor(task / perImage), (task % perImage) * rows]
    const top = start - spec.padding[0][0]
    const [first, end] = [Math.max(0, top), Math.min(height, top + rows - 1 + taps[0])]
    const offset = (image * outputHeight + start) * outputFloats * 4
    const values: Readonly<Record<string, ArgumentValue>> = {
      x: { buffer: 0, offset: end > first ? (image * height + first) * inputFloats * 4 : 0 },
      columnTaps: { buffer: y + 1, offset: end > first ? (rows - 1 + first - top) * 4 : 0 },
      inputRows: Math.max(0, end - first),
      rowTaps: { buffer: y + 2, offset: 0 },
      ...{ y: { buffer: y, offset }, residual: { buffer: residual, offset }, bias: { buffer: bias, offset: 0 } },
      ...epilogueArguments(epilogue),
      outputRows: Math.min(rows, outputHeight - start),
      scratch: { buffer: y + 3, offset: 0 },
    }
    return program.arguments.map(({ name }) => values[name])
  }
  return Object.freeze({
    name: program.name,
    steps: [{ program, tasks: spec.batch * perImage, argumentsOf }],
    scratch: [],
    tables: [columnTaps, filter.row],
    workerScratch: [rows * rowFloats * 4],
  })
}
