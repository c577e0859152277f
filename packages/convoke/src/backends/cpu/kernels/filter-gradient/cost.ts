// What the gradient of a filter takes as a sum of products, in slots of one thread.

import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { pairsInside } from '../convolution/axes.ts'
import { depthwiseGradientShare, directGradientShare, insideTime, latencySlots } from '../machine.ts'
import { coverOf } from './tile.ts'

/** Slots of the gradient that keeps tiles of the filter in registers. */
export function filterGradientSlots(spec: ConvSpec, target: Target): number {
  const { operand, channels, elements, vectors, main, rows, taps } = coverOf(spec, target)
  const axes = liftAxes(spec)
  const [depth, height, width] = axes.map(pairsInside)
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
  const inside = spec.batch * depth * height * row
  if (operand.kind !== 'lanewise') return (inside * spec.groups) / directGradientShare
  // Lanes that hold several groups cover all of them.
  const all = spec.batch * axes[0].output * axes[0].kernel * axes[1].output * axes[1].kernel * row
  return (all * insideTime(inside / all)) / depthwiseGradientShare
}
