// What the Winograd gradient of a filter takes, in slots of one thread.

import type { ConvSpec } from '../../../../../shapes/conv-spec.ts'
import type { Target } from '../../../program/index.ts'
import { beginSlots, callSlots, otherSlots, winogradGradientShare } from '../../machine.ts'
import { costsOf, type WinogradCost } from '../cost.ts'
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
  const products = (positions * tiles * steps.reduce((sum, slots) => sum + slots, 0)) / winogradGradientShare
  const { input, output, filter } = transformSlots[`F(${algorithm.outputs}, ${algorithm.taps})`]
  const inputTimes = rounds.length === 1 ? 1 : outputs.panels.length
  const whole = (channels: number): number => vectors(channels) + (channels % target.lanes > 0 ? partial - 1 : 0)
  const transforms =
    tiles * (inputTimes * whole(inputs.channels) * input + inputs.panels.length * whole(outputs.channels) * output)
  const blocks = rounds.reduce((sum, { count }) => sum + Math.ceil(count / blockTiles), 0)
  const sums = inputs.channels * vectors(outputs.channels) * (filter + blocks * positions * additionSlots)
  const calls = steps.length * (rounds.length * (positions + 2) + 1) * callSlots
  const begun = steps.length * (2 * rounds.length + 1) * beginSlots
  return products + transforms * otherSlots(target) + sums + calls + begun
}

/** The same for the filter gradient; none where output channels do not fill a vector: the direct gradient then has input channels in its lanes. */
export const winogradGradientCosts = (spec: ConvSpec, target: Target): Pick<WinogradCost, 'tile' | 'slots'>[] =>
  spec.outputChannels < target.lanes
    ? []
    : costsOf(spec, (tile) => ({ tile, slots: winogradSlots(gradientLayout(spec, tile), target) }))
