// The passes across the rows of tiles in blocks, `lanes` rows side by side: transposed in squares into a buffer,
// transformed, multiplied by a spectrum, transformed back.

import { type Builder, type Pointer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { programFor } from '../step.ts'
import type { Blocks } from './blocks.ts'
import { type Complex, emitDft, emitMultiply } from './radix.ts'
import { emitThereAndBack, emitTransform, loadComplex, storeComplex, type Transform } from './transform.ts'

const keyOf = ({ across, blockFloats }: Blocks, { name, caches }: Target): string =>
  `${across.length} ${across.passes[0].twiddles} ${blockFloats} ${name} ${caches.first}`

/** Squares of lanes × lanes elements between the blocks of columns and the buffer; both pointers end where they began. */
function emitSquares(b: Builder, layout: Blocks, into: 'buffer' | 'blocks', squares: Pointer, buffer: Pointer): void {
  const { columnBlocks, blockFloats } = layout
  const [from, to] = into === 'buffer' ? [squares, buffer] : [buffer, squares]
  const each = Array.from({ length: b.lanes }, (_, i) => i)
  b.loop(columnBlocks, () => {
    for (const part of [0, b.bytes]) {
      const rows = b.transpose(each.map((i) => b.load(from, i * 2 * b.bytes + part)))
      for (const i of each) b.store(to, i * 2 * b.bytes + part, rows[i])
    }
    b.advance(squares, blockFloats * 4)
    b.advance(buffer, b.lanes * 2 * b.bytes)
  })
  b.advance(squares, -columnBlocks * blockFloats * 4)
  b.advance(buffer, -columnBlocks * b.lanes * 2 * b.bytes)
}

/** The last forward pass, which has no factors, over `length` elements; `then` takes neighbours, displacements from `buffer`. */
function emitLastPass(
  b: Builder,
  { passes }: Transform,
  length: number,
  buffer: Pointer,
  then: (values: readonly Complex[], displacementOf: (q: number) => number) => void,
): void {
  const { radix } = passes[passes.length - 1]
  const displacementOf = (q: number): number => q * 2 * b.bytes
  b.loop(length / radix, () => {
    const x = Array.from({ length: radix }, (_, q) => loadComplex(b, buffer, displacementOf(q)))
    then(emitDft(b, x, 'forward'), displacementOf)
    b.advance(buffer, radix * 2 * b.bytes)
  })
}

/**
 * Rows transformed, multiplied by the conjugate of a spectrum, and transformed back in place. Arguments: `squares`, the tile at
 * these rows; `spectrum` (lines), `buffer`, `twiddles`.
 */
export const rowsFiltered = (layout: Blocks, target: Target): Program =>
  programFor(`fft rows filtered ${keyOf(layout, target)}`, () =>
    vectorProgram(`fft rows ${layout.width}`, target, (b) => {
      const [squares, buffer] = [b.pointer('squares'), b.pointer('buffer')]
      emitSquares(b, layout, 'buffer', squares, buffer)
      const spectrum = b.pointer('spectrum')
      const elements = { pointer: buffer, stride: 2 * b.bytes }
      emitThereAndBack(b, layout.across, elements, (length) => {
        emitLastPass(b, layout.across, length, buffer, (values, displacementOf) => {
          const products = values.map((value, q) =>
            emitMultiply(b, value, loadComplex(b, spectrum, displacementOf(q)), true),
          )
          emitDft(b, products, 'backward').forEach((value, q) => {
            storeComplex(b, buffer, displacementOf(q), value)
          })
          b.advance(spectrum, values.length * 2 * b.bytes)
        })
      })
      emitSquares(b, layout, 'blocks', b.pointer('squares'), buffer)
    }),
  )

/** Rows transformed, times `scale`, to lines. Arguments: `squares`, `lines`, `buffer`, `twiddles`, `scale`. */
export const rowsToLines = (layout: Blocks, target: Target): Program =>
  programFor(`fft rows to lines ${keyOf(layout, target)}`, () =>
    vectorProgram(`fft row spectra ${layout.width}`, target, (b) => {
      const buffer = b.pointer('buffer')
      emitSquares(b, layout, 'buffer', b.pointer('squares'), buffer)
      emitTransform(b, layout.across, 'forward', { pointer: buffer, stride: 2 * b.bytes }, 1)
      const lines = b.pointer('lines')
      const scale = b.float('scale')
      emitLastPass(b, layout.across, layout.width, buffer, (values, displacementOf) => {
        values.forEach(({ re, im }, q) => {
          storeComplex(b, lines, displacementOf(q), { re: b.mul(re, scale), im: b.mul(im, scale) })
        })
        b.advance(lines, values.length * 2 * b.bytes)
      })
    }),
  )

/** Elements of a line that are summed in registers. */
const summedTogether = 2

/**
 * The sum of lines times the conjugates of others, transformed back. Arguments: `lines` and `others` at the first of `count`
 * summands, `linesApart` and `othersApart` from one to the next in bytes; `squares` for the result; `buffer`, `twiddles`.
 */
export const linesSummed = (layout: Blocks, target: Target): Program =>
  programFor(`fft lines summed ${keyOf(layout, target)}`, () =>
    vectorProgram(`fft sums of rows ${layout.width}`, target, (b) => {
      const buffer = b.pointer('buffer')
      const step = summedTogether * 2 * b.bytes
      const [lines, others] = [b.pointer('lines'), b.pointer('others')]
      const each = Array.from({ length: summedTogether }, (_, i) => i)
      b.loop(layout.width / summedTogether, () => {
        const sums = each.map(() => ({ re: b.zero(), im: b.zero() }))
        const [x, w] = [b.offset(lines, 0), b.offset(others, 0)]
        b.loop(b.integer('count'), () => {
          for (const i of each) {
            const [value, other] = [loadComplex(b, x, i * 2 * b.bytes), loadComplex(b, w, i * 2 * b.bytes)]
            const { re, im } = sums[i]
            b.fma(re, value.re, other.re)
            b.fma(im, value.im, other.re)
            b.fma(re, value.im, other.im)
            b.fnma(im, value.re, other.im)
          }
          b.advance(x, b.integer('linesApart'))
          b.advance(w, b.integer('othersApart'))
        })
        each.forEach((i) => {
          storeComplex(b, buffer, i * 2 * b.bytes, sums[i])
        })
        for (const pointer of [buffer, lines, others]) b.advance(pointer, step)
      })
      b.advance(buffer, -layout.lineFloats * 4)
      emitTransform(b, layout.across, 'backward', { pointer: buffer, stride: 2 * b.bytes })
      emitSquares(b, layout, 'blocks', b.pointer('squares'), buffer)
    }),
  )
