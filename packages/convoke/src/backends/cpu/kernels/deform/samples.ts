// Where deformable im2col reads: for each output pixel, offset group and tap, the four pixels around the place that the
// offset leads to, and the fractions towards the lower and the right ones. Computed once for all taps of a pixel side by
// side, and kept as words in scratch: [batch · outputs, offsetGroups][word][taps].

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { DeformSpec } from '../../../backend.ts'
import { type Builder, type Mask, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'

/** Pixel of the image at each corner, (y0,x0), (y0,x1), (y1,x0), (y1,x1), or −1 where that is padding; then fractions. */
export const sampleWords = { corners: [0, 1, 2, 3], fractionY: 4, fractionX: 5 } as const
export const wordsOfSample = 6

export const tapsOf = ({ conv }: DeformSpec): number => sizeOf(conv.kernel)

/** Bytes of the scratch. */
export const sampleBytes = (spec: DeformSpec): number =>
  4 * wordsOfSample * spec.conv.batch * sizeOf(spec.conv.outputSize) * spec.offsetGroups * tapsOf(spec)

/** Regular places of the taps from that of their pixel: all rows, then all columns. */
export function tapTable(spec: DeformSpec): Float32Array {
  const [, height, width] = liftAxes(spec.conv)
  const taps = Array.from({ length: tapsOf(spec) }, (_, tap) => tap)
  return Float32Array.from([
    ...taps.map((tap) => Math.floor(tap / width.kernel) * height.dilation - height.before),
    ...taps.map((tap) => (tap % width.kernel) * width.dilation - width.before),
  ])
}

/** Every second of 2·lanes elements, from the first or the second. */
const every = (b: Builder, low: Vector, high: Vector, first: 0 | 1): Vector =>
  b.shuffle(
    low,
    high,
    Array.from({ length: b.lanes }, (_, lane) => 2 * lane + first),
  )

interface Along {
  /** Whole part, as a float and as an integer, and the fraction. */
  readonly whole: Vector
  readonly index: Vector
  readonly fraction: Vector
  /** Whether that pixel and the next are inside. */
  readonly inside: readonly [Mask, Mask]
}

/** The whole part of the offset is taken before it is added, so that the fraction loses nothing to large images. */
function along(b: Builder, offset: Vector, regular: Vector, size: number): Along {
  const whole = b.add(b.floor(offset), regular)
  const within = (low: number, high: number): Mask =>
    b.maskAnd(b.greaterOrEqual(whole, b.constant(low)), b.lessOrEqual(whole, b.constant(high)))
  return {
    ...{ whole, index: b.toInt(whole), fraction: b.sub(offset, b.floor(offset)) },
    inside: [within(0, size - 1), within(-1, size - 2)],
  }
}

/** Arguments: offsets, samples, taps, images, rows, firstRow (in x). A task is the same rows of the outputs of some images. */
export function sampleProgram(spec: DeformSpec, target: Target): Program {
  const [, height, width] = liftAxes(spec.conv)
  const taps = tapsOf(spec)
  return vectorProgram('deform samples', target, (b) => {
    const [offsets, samples] = [b.pointer('offsets'), b.pointer('samples')]
    const emitTaps = (first: number, row: ReturnType<Builder['set']>, column: ReturnType<Builder['set']>): void => {
      const count = Math.min(b.lanes, taps - first)
      const tail = count === b.lanes ? undefined : b.tail(count)
      const part = (from: number): Vector => {
        const some = Math.min(b.lanes, 2 * count - from)
        return b.load(offsets, 4 * (2 * first + from), some === b.lanes ? undefined : b.tail(some))
      }
      const low = part(0)
      const high = 2 * count > b.lanes ? part(b.lanes) : low
      const place = (index: number, value: Vector): void => b.store(samples, 4 * (index * taps + first), value, tail)
      const regular = (from: ReturnType<Builder['set']>, table: number): Vector =>
        b.add(b.toFloat(b.splat(from)), b.load(b.pointer('taps'), 4 * (table * taps + first), tail))
      const y = along(b, every(b, low, high, 0), regular(row, 0), height.input)
      place(sampleWords.fractionY, y.fraction)
      const x = along(b, every(b, low, high, 1), regular(column, 1), width.input)
      place(sampleWords.fractionX, x.fraction)
      const first00 = b.iadd(b.imul(y.index, b.constantInt(width.input)), x.index)
      sampleWords.corners.forEach((corner) => {
        const [down, right] = [corner >> 1, corner & 1]
        const index = b.iadd(first00, b.constantInt(down * width.input + right))
        const inside = b.maskAnd(y.inside[down], x.inside[right])
        place(corner, b.select(inside, index, b.constantInt(-1)))
      })
    }
    b.loop(b.integer('images'), () => {
      const row = b.set(b.integer('firstRow'))
      b.loop(b.integer('rows'), () => {
        const column = b.set(0)
        b.loop(width.output, () => {
          b.loop(spec.offsetGroups, () => {
            for (let first = 0; first < taps; first += b.lanes) emitTaps(first, row, column)
            b.advance(offsets, 8 * taps)
            b.advance(samples, 4 * wordsOfSample * taps)
          })
          b.integerAdd(column, width.stride, column)
        })
        b.integerAdd(row, height.stride, row)
      })
    })
  })
}
