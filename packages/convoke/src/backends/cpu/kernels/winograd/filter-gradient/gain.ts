// When the Winograd gradient of a filter pays: a model of time in issue slots of vector FMAs, for a planner that does not
// measure.

import { liftAxes } from '../../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../../shapes/conv-spec.ts'
import type { Target } from '../../../program/index.ts'
import { outputsInside } from '../../convolution/axes.ts'
import { coverOf } from '../../filter-gradient/tile.ts'
import { beginSlots, callSlots, latencySlots, reached } from '../../machine.ts'
import { algorithmsFor, type OutputTile } from '../cook-toom.ts'
import type { WinogradChoice } from '../gain.ts'
import { isWinogradSpec } from '../layout.ts'
import { type GradientLayout, gradientLayout, registerTile, stepSlots } from './layout.ts'

/**
 * Slots for one vector of channels of a tile of the input and of the output, and for one vector of the sums made a filter,
 * cache misses included; measured on Zen 5, two slots a cycle.
 */
const transformSlots: Readonly<
  Record<string, { readonly input: number; readonly output: number; readonly filter: number }>
> = {
  'F(2, 3)': { input: 90, output: 150, filter: 150 },
  'F(4, 3)': { input: 230, output: 400, filter: 270 },
  'F(2, 5)': { input: 260, output: 180, filter: 350 },
}

/** A vector that channels fill in part costs so many times as much: its loads are instructions of their own. */
const partial = 1.7

/** Slots of adding a vector of sums to memory after a block of tiles. */
const additionSlots = 1.5

function winogradSlots(layout: GradientLayout, target: Target): number {
  const { algorithm, tiles, rounds, blockTiles, inputs, outputs } = layout
  const positions = algorithm.size ** 2
  const vectors = (channels: number): number => Math.ceil(channels / target.lanes)
  const steps = inputs.panels.flatMap((input) =>
    outputs.panels.map((output) => stepSlots(registerTile(input.count, vectors(output.count), target))),
  )
  const products = (positions * tiles * steps.reduce((sum, slots) => sum + slots, 0)) / reached.winogradGradient
  const { input, output, filter } = transformSlots[`F(${algorithm.outputs}, ${algorithm.taps})`]
  const inputTimes = rounds.length === 1 ? 1 : outputs.panels.length
  const whole = (channels: number): number => vectors(channels) + (channels % target.lanes > 0 ? partial - 1 : 0)
  const transforms =
    tiles * (inputTimes * whole(inputs.channels) * input + inputs.panels.length * whole(outputs.channels) * output)
  const blocks = rounds.reduce((sum, { count }) => sum + Math.ceil(count / blockTiles), 0)
  const sums = inputs.channels * vectors(outputs.channels) * (filter + blocks * positions * additionSlots)
  const calls = steps.length * (rounds.length * (positions + 2) + 1) * callSlots
  const begun = steps.length * (2 * rounds.length + 1) * beginSlots
  return products + transforms + sums + calls + begun
}

/** Slots of the gradient that keeps tiles of the filter in registers. */
function directSlots(spec: ConvSpec, target: Target): number {
  const { channels, elements, vectors, main, rows, taps } = coverOf(spec, target)
  const axes = liftAxes(spec)
  const [depth, height, width] = axes.map((axis) =>
    Array.from({ length: axis.kernel }, (_, tap) => outputsInside(axis, tap)).reduce(
      (sum, { first, end }) => sum + end - first,
      0,
    ),
  )
  const count = Math.ceil(channels / elements)
  const tile = (held: number, wide: number): number => Math.max(held * wide, held + wide, latencySlots)
  const column = (held: number): number =>
    Math.floor(count / vectors) * tile(held, vectors) + (count % vectors > 0 ? tile(held, count % vectors) : 0)
  // A tile of one tap leaves out what that tap does not reach; one of several passes over every pixel.
  const row =
    main.taps === 1
      ? width * (rows.large * column(rows.size) + rows.small * column(rows.size - 1))
      : axes[2].output *
        (taps.large * column(taps.size * main.channels) + taps.small * column((taps.size - 1) * main.channels))
  return (spec.batch * depth * height * row) / reached.directGradient
}

/**
 * The algorithms for the filter gradient of `spec`, the fastest by the model first; none where none applies, or where output
 * channels do not fill a vector: the direct gradient then has input channels in its lanes.
 */
export function gradientChoices(spec: ConvSpec, target: Target): WinogradChoice[] {
  if (!isWinogradSpec(spec) || spec.batch === 0 || spec.outputChannels < target.lanes) return []
  const direct = directSlots(spec, target)
  const choices = algorithmsFor(spec.kernel[0]).map(({ outputs }): WinogradChoice => {
    const tile = outputs as OutputTile
    return { tile, gain: direct / winogradSlots(gradientLayout(spec, tile), target) }
  })
  return choices.sort((a, b) => b.gain - a.gain)
}
