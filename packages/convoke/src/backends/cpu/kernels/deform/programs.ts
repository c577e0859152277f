// Deformable im2col and its gradients over precomputed samples (samples.ts): sums over the four corners of a sample,
// vectorised along the channels. A corner in the padding is skipped, not multiplied by 0.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { DeformSpec } from '../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { sampleWords, tapsOf, wordsOfSample } from './samples.ts'

/**
 * Walks the images, pixels and taps of one offset group of a task; `body` is given the words of a sample (its first plane) and
 * its column, of which the group's channels are next. `each` are further pointers and their bytes a tap. x begins anew with each
 * image.
 */
function emitSamples(
  b: Builder,
  spec: DeformSpec,
  each: readonly (readonly [Pointer | null, number])[],
  body: (sample: Pointer, column: Pointer, x: Pointer) => void,
): void {
  const [taps, channels] = [tapsOf(spec), spec.conv.inputChannels]
  const [sample, column, x] = [b.pointer('samples'), b.pointer('columns'), b.pointer('x')]
  const move = (turns: number): void => {
    for (const [pointer, bytes] of each) if (pointer !== null) b.advance(pointer, turns * bytes)
  }
  b.loop(b.integer('images'), () => {
    b.loop(b.integer('pixels'), () => {
      b.loop(taps, () => {
        body(sample, column, x)
        b.advance(sample, 4)
        b.advance(column, 4 * channels)
        move(1)
      })
      b.advance(sample, 4 * taps * (wordsOfSample * spec.offsetGroups - 1))
      move(taps * (spec.offsetGroups - 1))
    })
    b.advance(x, 4 * sizeOf(spec.conv.inputSize) * channels)
  })
}

interface Fractions {
  readonly y: Vector
  readonly x: Vector
}

const fractionsOf = (b: Builder, spec: DeformSpec, sample: Pointer): Fractions => ({
  y: b.broadcast(sample, 4 * tapsOf(spec) * sampleWords.fractionY),
  x: b.broadcast(sample, 4 * tapsOf(spec) * sampleWords.fractionX),
})

const complement = (b: Builder, a: Vector): Vector => b.sub(b.constant(1), a)

/** (1 − fy)(1 − fx), (1 − fy) fx, fy (1 − fx), fy fx */
const weightOf = (b: Builder, { y, x }: Fractions, corner: number): Vector =>
  b.mul(corner >> 1 ? y : complement(b, y), corner & 1 ? x : complement(b, x))

/** Runs `body` with the pixel of a corner that is inside, in each of some tensors shaped as x. */
function whenInside(
  b: Builder,
  spec: DeformSpec,
  sample: Pointer,
  corner: number,
  body: (bytes: ReturnType<Builder['set']>) => void,
): void {
  const pixel = b.loadInteger(sample, 4 * tapsOf(spec) * corner)
  b.when(pixel, 'ge', 0, () => body(b.integerMul(pixel, 4 * spec.conv.inputChannels)))
}

/** Channels in blocks of vectors, so many held at once. */
function emitBlocks(
  b: Builder,
  channels: number,
  most: number,
  body: (vectors: number, tailOf: (v: number) => ReturnType<Builder['tail']> | undefined, advance: boolean) => void,
): void {
  const whole = () => undefined
  const blocks = Math.floor(channels / (most * b.lanes))
  b.loop(blocks, () => body(most, whole, true))
  const rest = channels - blocks * most * b.lanes
  if (rest === 0) return
  const vectors = Math.ceil(rest / b.lanes)
  const last = rest - (vectors - 1) * b.lanes
  body(vectors, (v) => (v === vectors - 1 && last < b.lanes ? b.tail(last) : undefined), false)
}

/** Arguments, from the group's first channel or sample: x of the first image, samples, columns, mask; images, pixels of each. */
export function deformUnfoldProgram(spec: DeformSpec, target: Target): Program {
  const channels = spec.conv.inputChannels / spec.offsetGroups
  return vectorProgram('deform unfold', target, (b) => {
    const mask = spec.masked ? b.pointer('mask') : null
    emitSamples(b, spec, [[mask, 4]], (sample, column, x) => {
      const [to, from] = [b.offset(column, 0), b.offset(x, 0)]
      emitBlocks(b, channels, 4, (vectors, tailOf, advance) => {
        const sums = Array.from({ length: vectors }, () => b.zero())
        for (const corner of sampleWords.corners) {
          whenInside(b, spec, sample, corner, (bytes) => {
            const weight = weightOf(b, fractionsOf(b, spec, sample), corner)
            const pixel = b.offset(from, bytes)
            sums.forEach((sum, v) => {
              b.fma(sum, weight, b.load(pixel, v * b.bytes, tailOf(v)))
            })
          })
        }
        sums.forEach((sum, v) => {
          b.store(to, v * b.bytes, mask === null ? sum : b.mul(sum, b.broadcast(mask)), tailOf(v))
        })
        if (advance) {
          b.advance(to, vectors * b.bytes)
          b.advance(from, vectors * b.bytes)
        }
      })
    })
  })
}

/** What corner n adds to the derivative along y and along x, of dot products with the gradient. */
const alongY = (b: Builder, { x }: Fractions, corner: number): Vector => {
  const weight = corner & 1 ? x : complement(b, x)
  return corner >> 1 ? weight : b.neg(weight)
}
const alongX = (b: Builder, { y }: Fractions, corner: number): Vector => {
  const weight = corner >> 1 ? y : complement(b, y)
  return corner & 1 ? weight : b.neg(weight)
}

/** Gradients of offsets and mask. Arguments as above, columns being their gradient, and offsetGradient, maskGradient. */
export function deformOffsetGradientProgram(spec: DeformSpec, target: Target): Program {
  const channels = spec.conv.inputChannels / spec.offsetGroups
  return vectorProgram('deform offset gradient', target, (b) => {
    const offsets = b.pointer('offsetGradient')
    const [mask, maskGradient] = spec.masked ? [b.pointer('mask'), b.pointer('maskGradient')] : [null, null]
    const moving = [[offsets, 8] as const, [mask, 4] as const, [maskGradient, 4] as const]
    emitSamples(b, spec, moving, (sample, column, x) => {
      const [dy, dx, dMask] = [b.zero(), b.zero(), b.zero()]
      for (const corner of sampleWords.corners) {
        whenInside(b, spec, sample, corner, (bytes) => {
          const [from, gradient] = [b.offset(x, 0), b.offset(column, 0)]
          b.advance(from, bytes)
          const sum = b.zero()
          emitBlocks(b, channels, 1, (_, tailOf, advance) => {
            b.fma(sum, b.load(gradient, 0, tailOf(0)), b.load(from, 0, tailOf(0)))
            if (advance) {
              b.advance(from, b.bytes)
              b.advance(gradient, b.bytes)
            }
          })
          const dot = b.sumLanes(sum)
          const fractions = fractionsOf(b, spec, sample)
          b.fma(dy, dot, alongY(b, fractions, corner))
          b.fma(dx, dot, alongX(b, fractions, corner))
          if (mask !== null) b.fma(dMask, dot, weightOf(b, fractions, corner))
        })
      }
      const scaled = (value: Vector): Vector => (mask === null ? value : b.mul(value, b.broadcast(mask)))
      b.store(offsets, 0, scaled(dy), b.tail(1))
      b.store(offsets, 4, scaled(dx), b.tail(1))
      if (maskGradient !== null) b.store(maskGradient, 0, dMask, b.tail(1))
    })
  })
}

/**
 * Gradient of x, added to what is there, sample after sample: a task is some channels of one offset group of some images,
 * all of their pixels. Arguments as above, x and columns being gradients from the task's first channel, and vectors, tail.
 */
export function deformInputGradientProgram(spec: DeformSpec, target: Target): Program {
  return vectorProgram('deform input gradient', target, (b) => {
    const mask = spec.masked ? b.pointer('mask') : null
    const rest = b.tail(b.integer('tail'))
    emitSamples(b, spec, [[mask, 4]], (sample, column, x) => {
      for (const corner of sampleWords.corners) {
        whenInside(b, spec, sample, corner, (bytes) => {
          const plain = weightOf(b, fractionsOf(b, spec, sample), corner)
          const weight = mask === null ? plain : b.mul(plain, b.broadcast(mask))
          const [to, from] = [b.offset(x, 0), b.offset(column, 0)]
          b.advance(to, bytes)
          b.loop(b.integer('vectors'), () => {
            b.store(to, 0, b.fma(b.load(to), weight, b.load(from)))
            b.advance(to, b.bytes)
            b.advance(from, b.bytes)
          })
          b.store(to, 0, b.fma(b.load(to, 0, rest), weight, b.load(from, 0, rest)), rest)
        })
      }
    })
  })
}
