// The Winograd gradient of a filter as a plan of the engine. For every panel of channels: round by round both sides of some
// tiles are transformed, then each position adds its products to its sums; at the end the sums become the filter.
//
// A position's sums belong to one task, and a round's tiles are summed in blocks of their order, so the bits are the same for
// any number of threads.

import type { ConvSpec } from '../../../../../shapes/conv-spec.ts'
import { largestOf } from '../../../../../shapes/extremes.ts'
import type { Program, Target } from '../../../program/index.ts'
import { nameBuffers } from '../../buffers.ts'
import type { Part } from '../../convolution/axes.ts'
import { grainsOf, grainUnits } from '../../nest.ts'
import type { KernelPlan, KernelStep } from '../../plan.ts'
import { type CallArguments, place, stepOf } from '../../step.ts'
import type { OutputTile } from '../cook-toom.ts'
import { outputTable, tileRecordBytes, tileTable } from '../tiles.ts'
import { type GradientLayout, gradientLayout, registerTile, type SideLayout } from './layout.ts'
import { filterProgram, productsProgram, transformProgram } from './programs.ts'

/** Numbers of a transform that are worth a task: some ten microseconds. */
const smallestGrain = 2 ** 17

/** Floats of the sums of one position: an odd number of lines, so that the positions of a sum lie in different sets. */
const sumsStride = (inputs: number, { positionStride }: SideLayout): number => inputs * positionStride + 16

interface Question {
  readonly spec: ConvSpec
  readonly layout: GradientLayout
  readonly target: Target
  readonly at: Buffers['at']
  /** Programs made already, by what they depend on. */
  readonly programs: Map<string, Program>
}

function programOf({ programs }: Question, key: string, make: () => Program): Program {
  const known = programs.get(key) ?? make()
  programs.set(key, known)
  return known
}

/** One side of the tiles of a round, transformed. */
function transformStep(question: Question, of: 'input' | 'output', panel: Part, round: Part): KernelStep {
  const { spec, layout, target, at } = question
  const { algorithm, dilation } = layout
  const side = of === 'input' ? layout.inputs : layout.outputs
  const program = programOf(question, `${of} ${panel.count}`, () =>
    transformProgram(layout, side, of, panel.count, target),
  )
  const [from, to, table, width] =
    of === 'input'
      ? [at.x, at.windows, at.inputTiles, spec.inputSize[1]]
      : [at.y, at.gradients, at.outputTiles, spec.outputSize[1]]
  const grains = grainsOf(round.count, grainUnits(round.count, algorithm.size ** 2 * panel.count, smallestGrain))
  const calls = grains.map(
    ({ start, count }): CallArguments => ({
      x: place(from, 4 * panel.first),
      tiles: place(table, (round.first + start) * tileRecordBytes),
      windows: place(to, 4 * start * side.tileStride),
      patch: place(at.patch, 0),
      tileCount: count,
      inputRowBytes: 4 * dilation[0] * width * side.channels,
    }),
  )
  return stepOf(program, calls)
}

function productStep(question: Question, input: Part, output: Part, round: Part): KernelStep {
  const { layout, target, at } = question
  const { inputs, outputs, algorithm } = layout
  const vectors = Math.ceil(output.count / target.lanes)
  const program = programOf(question, `products ${input.count} ${vectors}`, () =>
    productsProgram(layout, registerTile(input.count, vectors, target), target),
  )
  const calls = Array.from(
    { length: algorithm.size ** 2 },
    (_, position): CallArguments => ({
      windows: place(at.windows, 4 * position * inputs.positionStride),
      gradients: place(at.gradients, 4 * position * outputs.positionStride),
      sums: place(at.sums, 4 * position * sumsStride(input.count, outputs)),
      tileCount: round.count,
      blocks: Math.ceil(round.count / layout.blockTiles),
      first: round.first === 0 ? 1 : 0,
    }),
  )
  return stepOf(program, calls)
}

function filterStep(question: Question, input: Part, output: Part): KernelStep {
  const { layout, target, at } = question
  const { outputs, algorithm } = layout
  const program = programOf(question, `filter ${input.count} ${output.count}`, () =>
    filterProgram(layout, sumsStride(input.count, outputs), output.count, target),
  )
  const grains = grainsOf(input.count, grainUnits(input.count, algorithm.size ** 2 * output.count, smallestGrain))
  const calls = grains.map(
    ({ start, count }): CallArguments => ({
      sums: place(at.sums, 4 * start * outputs.positionStride),
      filter: place(at.filter, 4 * ((input.first + start) * outputs.channels + output.first)),
      rows: count,
    }),
  )
  return stepOf(program, calls)
}

function stepsOf(question: Question): KernelStep[] {
  const { inputs, outputs, rounds } = question.layout
  const pairs = inputs.panels.flatMap((input) => outputs.panels.map((output, panel) => ({ input, output, panel })))
  return pairs.flatMap(({ input, output, panel }, pair) => [
    ...rounds.flatMap((round, i) => {
      // The only round's windows are still there for the next panel of output channels.
      const kept = rounds.length === 1 && panel > 0
      const transforms = [
        ...(kept ? [] : [transformStep(question, 'input', input, round)]),
        transformStep(question, 'output', output, round),
      ]
      // A panel's sums become the filter while the tiles of the next are transformed.
      const begins = i > 0 || pair === 0
      return [
        ...transforms.map((step, side) => (side === 0 && begins ? step : { ...step, joins: true })),
        productStep(question, input, output, round),
      ]
    }),
    filterStep(question, input, output),
  ])
}

/** Bytes of windows, gradients and sums: at most 9 MB together, whatever the layer. */
function scratchOf({ roundTiles, inputs, outputs, algorithm }: GradientLayout) {
  const widest = largestOf(inputs.panels.map(({ count }) => count))
  const sums = algorithm.size ** 2 * sumsStride(widest, outputs)
  return {
    windows: 4 * roundTiles * inputs.tileStride,
    gradients: 4 * roundTiles * outputs.tileStride,
    sums: 4 * sums,
  }
}

/** Bytes of a window of either side before its transform, in whole vectors. */
function patchBytes({ algorithm, inputs, outputs }: GradientLayout, { lanes }: Target): number {
  const floats = ({ panels }: SideLayout, side: number): number =>
    Math.ceil((side ** 2 * largestOf(panels.map(({ count }) => count))) / lanes) * lanes
  return 4 * Math.max(floats(inputs, algorithm.size), floats(outputs, algorithm.outputs))
}

const buffersOf = (spec: ConvSpec, layout: GradientLayout, target: Target) =>
  nameBuffers({
    given: ['x', 'y', 'filter'],
    scratch: scratchOf(layout),
    tables: { inputTiles: tileTable(spec, layout), outputTiles: outputTable(spec, layout) },
    threads: { patch: patchBytes(layout, target) },
  })

type Buffers = ReturnType<typeof buffersOf>

/** [x, y] → [filter], in rounds of so many bytes. Throws `ConvokeError` where the algorithm does not apply. */
export function planWinogradGradient(
  spec: ConvSpec,
  tile: OutputTile,
  target: Target,
  roundBytes?: number,
): KernelPlan {
  const layout = gradientLayout(spec, tile, roundBytes)
  const { at, own } = buffersOf(spec, layout, target)
  const steps = stepsOf({ spec, layout, target, at, programs: new Map() })
  return Object.freeze({
    // After the transforms of both sides.
    name: steps[2].program.name,
    ...{ steps, ...own },
  })
}
