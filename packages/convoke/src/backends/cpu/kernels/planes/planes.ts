// Pixels of a few interleaved channels to one plane of floats a channel, and back to whole numbers: the ends of filtering a
// picture. Lanes are pixels.

import { indices } from '../../../../shapes/indices.ts'
import type { DType, KernelSpecs } from '../../../backend.ts'
import { type Builder, type Pointer, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf, programFor, stepOf } from '../step.ts'
import { toChannels, toSamples } from './lanes.ts'
import { callsFor, emitPixels, type Places } from './pixels.ts'

const placesOf = (pixels: number, samples: number, planes: number): Places => ({
  samples: { buffer: samples, at: 0 },
  planes: { buffer: planes, at: 0, apart: pixels },
})

const loadFloats = (b: Builder, dtype: DType, pointer: Pointer, vector: number): Vector =>
  dtype === 'float32' ? b.load(pointer, vector * b.bytes) : b.toFloat(b.loadBytes(pointer, vector * b.lanes))

/** [samples of pixels · channels] → [planes of channels · pixels]. */
export function planToPlanes(
  { channels }: KernelSpecs['toPlanes'],
  dtype: DType,
  samples: number,
  target: Target,
): KernelPlan {
  const title = `planes of ${channels} ${dtype} channels`
  const program = programFor(`${title} ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      const one = b.tail(1)
      emitPixels(
        b,
        channels,
        dtype,
        ({ samples, planes }) => {
          const found = toChannels(
            b,
            indices(channels).map((k) => loadFloats(b, dtype, samples, k)),
          )
          for (const [c, channel] of found.entries()) b.store(planes[c], 0, channel)
        },
        ({ samples, planes }) => {
          for (const c of indices(channels)) {
            const value = dtype === 'float32' ? b.load(samples, 4 * c, one) : b.toFloat(b.loadBytes(samples, c, 1))
            b.store(planes[c], 0, value, one)
          }
        },
      )
    }),
  )
  return planOf([
    stepOf(program, callsFor(samples / channels, channels, dtype, target.lanes, placesOf(samples / channels, 0, 1))),
  ])
}

/** A value as it is stored, by the rules of `KernelSpecs.fromPlanes`. Constants are held in registers, read once. */
function storedValue(b: Builder, { absolute, most, whole }: KernelSpecs['fromPlanes']): (x: Vector) => Vector {
  const [scale, offset] = [b.float('scale'), b.float('offset')]
  const bound = most === null ? undefined : { zero: b.zero(), most: b.constant(most) }
  return (x) => {
    let value = b.fma(b.copy(offset), absolute ? b.abs(x) : x, scale)
    // The second operand where the first is NaN: NaN becomes 0.
    if (bound !== undefined) value = b.min(b.max(value, bound.zero), bound.most)
    if (!whole) return value
    const below = b.floor(value)
    const isUp = b.greaterOrEqual(b.sub(value, below), b.constant(0.5))
    return b.select(isUp, b.add(below, b.constant(1)), below)
  }
}

/** [planes of channels · pixels] → [samples of pixels · channels]. */
export function planFromPlanes(
  spec: KernelSpecs['fromPlanes'],
  dtype: DType,
  samples: number,
  target: Target,
): KernelPlan {
  const { channels, absolute, most, whole, scale, offset } = spec
  const title = `${dtype} pixels of ${channels} planes${absolute ? ' absolute' : ''}${most === null ? '' : ` to ${most}`}${whole ? ' whole' : ''}`
  const program = programFor(`${title} ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      const one = b.tail(1)
      const stored = storedValue(b, spec)
      emitPixels(
        b,
        channels,
        dtype,
        ({ samples, planes }) => {
          const lines = toSamples(
            b,
            planes.map((plane) => stored(b.load(plane))),
          )
          lines.forEach((line, k) => {
            if (dtype === 'float32') b.store(samples, k * b.bytes, line)
            else b.storeBytes(samples, k * b.lanes, b.toInt(line))
          })
        },
        ({ samples, planes }) => {
          planes.forEach((plane, c) => {
            const value = stored(b.load(plane, 0, one))
            if (dtype === 'float32') b.store(samples, 4 * c, value, one)
            else b.storeBytes(samples, c, b.toInt(value), 1)
          })
        },
      )
    }),
  )
  const calls = callsFor(samples / channels, channels, dtype, target.lanes, placesOf(samples / channels, 1, 0))
  return planOf([
    stepOf(
      program,
      calls.map((call) => ({ ...call, scale, offset })),
    ),
  ])
}
