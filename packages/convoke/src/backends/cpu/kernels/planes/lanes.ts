// Interleaved channels and planes, in registers: `channels` vectors of samples as they lie in memory, r g b r g b …, and one
// vector a channel.

import { indices } from '../../../../shapes/indices.ts'
import type { Builder, Vector } from '../../program/index.ts'

/** The most channels that a pixel may have here. */
export const mostChannels = 4

/**
 * One vector of lanes taken from several: lane i is lane `from(i)[1]` of vector `from(i)[0]`. Two vectors at a time, what is
 * gathered already staying in its place.
 */
function collect(b: Builder, vectors: readonly Vector[], from: (lane: number) => readonly [number, number]): Vector {
  const lanes = indices(b.lanes)
  if (vectors.length === 1)
    return b.shuffle(
      vectors[0],
      vectors[0],
      lanes.map((i) => from(i)[1]),
    )
  return vectors.slice(2).reduce(
    (gathered, vector, k) =>
      b.shuffle(
        gathered,
        vector,
        lanes.map((i) => (from(i)[0] === k + 2 ? b.lanes + from(i)[1] : i)),
      ),
    b.shuffle(
      vectors[0],
      vectors[1],
      lanes.map((i) => (from(i)[0] === 1 ? b.lanes : 0) + (from(i)[0] < 2 ? from(i)[1] : 0)),
    ),
  )
}

/** Samples as they lie in memory → one vector a channel. */
export const toChannels = (b: Builder, samples: readonly Vector[]): Vector[] =>
  samples.length === 1
    ? [...samples]
    : samples.map((_, channel) =>
        collect(b, samples, (lane) => {
          const at = lane * samples.length + channel
          return [Math.floor(at / b.lanes), at % b.lanes]
        }),
      )

/** One vector a channel → samples as they lie in memory. */
export const toSamples = (b: Builder, channels: readonly Vector[]): Vector[] =>
  channels.length === 1
    ? [...channels]
    : channels.map((_, vector) =>
        collect(b, channels, (lane) => {
          const at = vector * b.lanes + lane
          return [at % channels.length, Math.floor(at / channels.length)]
        }),
      )
