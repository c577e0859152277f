// Copies between a few planes and pixels of as many channels, which are too narrow for blocks of lanes × lanes.

import { type Target, vectorProgram } from '../../program/index.ts'
import type { KernelStep } from '../plan.ts'
import { mostChannels, toChannels, toSamples } from '../planes/lanes.ts'
import { callsFor, emitPixels } from '../planes/pixels.ts'
import { programFor, stepOf } from '../step.ts'
import type { CollapsedCopy } from './copy.ts'

/** Pictures that one copy moves, each by calls of its own. */
const mostPictures = 256

interface Pictures {
  readonly toPixels: boolean
  readonly pixels: number
  readonly channels: number
  /** Elements between planes. */
  readonly apart: number
  /** Where each picture begins in the input and in the output. */
  readonly begins: readonly (readonly [number, number])[]
}

/** What a copy moves, where that is pictures of 2 to 4 channels; `across` is the axis contiguous in the input. */
function picturesOf({ nest, offsets }: CollapsedCopy, across: number): Pictures | null {
  const { sizes, strides } = nest
  const last = sizes.length - 1
  const [input, output] = strides
  const toPixels = sizes[last] <= mostChannels && output[across] === sizes[last]
  const toPlanes = sizes[across] <= mostChannels && input[last] === sizes[across]
  if (toPixels === toPlanes) return null
  const [channels, pixels] = toPixels ? [sizes[last], sizes[across]] : [sizes[across], sizes[last]]
  const apart = toPixels ? input[last] : output[across]
  if (channels < 2 || apart < pixels) return null
  const begins = sizes.reduce<(readonly [number, number])[]>(
    (found, size, axis) =>
      axis === across || axis === last || found.length * size > mostPictures
        ? found
        : found.flatMap(([x, y]) =>
            Array.from({ length: size }, (_, i) => [x + i * input[axis], y + i * output[axis]] as const),
          ),
    [[offsets[0], offsets[1]]],
  )
  const pictures = sizes.reduce(
    (product, size, axis) => (axis === across || axis === last ? product : product * size),
    1,
  )
  return begins.length === pictures ? { toPixels, pixels, channels, apart, begins } : null
}

/** The step of such a copy; null where it is another one. */
export function interleaveStep(copy: CollapsedCopy, across: number, target: Target): KernelStep | null {
  const found = picturesOf(copy, across)
  if (found === null) return null
  const { toPixels, pixels, channels, apart, begins } = found
  const [from, to] = copy.buffers
  const title = toPixels ? `pixels of ${channels} planes` : `planes of ${channels} channels`
  const program = programFor(`${title} copied ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      const one = b.tail(1)
      const each = Array.from({ length: channels }, (_, i) => i)
      emitPixels(
        b,
        channels,
        'float32',
        ({ samples, planes }) => {
          const lines = toPixels
            ? toSamples(
                b,
                planes.map((plane) => b.load(plane)),
              )
            : toChannels(
                b,
                each.map((k) => b.load(samples, k * b.bytes)),
              )
          for (const [k, line] of lines.entries()) {
            if (toPixels) b.store(samples, k * b.bytes, line)
            else b.store(planes[k], 0, line)
          }
        },
        ({ samples, planes }) => {
          for (const c of each) {
            if (toPixels) b.store(samples, 4 * c, b.load(planes[c], 0, one), one)
            else b.store(planes[c], 0, b.load(samples, 4 * c, one), one)
          }
        },
      )
    }),
  )
  const calls = begins.flatMap(([x, y]) =>
    callsFor(pixels, channels, 'float32', target.lanes, {
      samples: { buffer: toPixels ? to : from, at: toPixels ? y : x },
      planes: { buffer: toPixels ? from : to, at: toPixels ? x : y, apart },
    }),
  )
  return stepOf(program, calls)
}
