// The vector programs of the Winograd gradient of a filter: both transforms of a round, the products of a position, and the
// transform of their sums into the filter.

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorAt,
  vectorProgram,
} from '../../../program/index.ts'
import { columnTerms, constantsFor, emitSum, joined, rowPasses } from '../butterfly.ts'
import type { CookToom, Matrix } from '../cook-toom.ts'
import { emitWindowTransform } from '../input-transform.ts'
import type { GradientLayout, RegisterTile, SideLayout } from './layout.ts'

export const gradientName = ({ outputs, taps }: CookToom): string =>
  `winograd F(${outputs}x${outputs},${taps}x${taps}) filter gradient`

const transposed = (matrix: Matrix): Matrix => matrix[0].map((_, k) => matrix.map((row) => row[k]))

/** Bᵀ x B or A y Aᵀ of `channels` channels of a side. Arguments: those of `emitWindowTransform`. */
export function transformProgram(
  { algorithm, dilation }: GradientLayout,
  side: SideLayout,
  of: 'input' | 'output',
  channels: number,
  target: Target,
): Program {
  return vectorProgram(`${gradientName(algorithm)} ${of}`, target, (b) =>
    emitWindowTransform(b, {
      matrix: of === 'input' ? algorithm.input : transposed(algorithm.output),
      ...{ channels, pixelChannels: side.channels, apart: dilation[1] },
      // All channels of a panel are one group.
      ...{ groupChannels: side.positionStride, groupStride: 0 },
      ...{ positionStride: side.positionStride, windowRow: side.tileStride },
    }),
  )
}

interface Operands {
  readonly windows: Pointer
  readonly gradients: Pointer
  readonly sums: Pointer
  /** Tiles, and 1 where the sums begin with these. */
  readonly count: Integer
  readonly first: Integer
}

/** One register tile over the tiles of a block, added to its sums. The pointers end where they began. */
function emitRegisterTile(
  b: Builder,
  { inputs, outputs }: GradientLayout,
  rows: number,
  vectors: number,
  { windows, gradients, sums, count, first }: Operands,
): void {
  const held = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => b.zero()))
  const back = b.integerMul(count, -4)
  b.loop(count, () => {
    const ys = Array.from({ length: vectors }, (_, v) => b.load(gradients, v * b.bytes))
    held.forEach((row, i) => {
      const x = b.broadcast(windows, 4 * i)
      for (const [v, sum] of row.entries()) b.fma(sum, ys[v], x)
    })
    b.advance(windows, 4 * inputs.tileStride)
    b.advance(gradients, 4 * outputs.tileStride)
  })
  b.advance(windows, b.integerMul(back, inputs.tileStride))
  b.advance(gradients, b.integerMul(back, outputs.tileStride))
  const each = (use: (place: number, sum: Vector) => void): void => {
    held.forEach((row, i) => {
      for (const [v, sum] of row.entries()) use(4 * i * outputs.positionStride + v * b.bytes, sum)
    })
  }
  b.when(first, 'eq', 0, () => each((place, sum) => b.add(sum, vectorAt(sums, place), sum)))
  each((place, sum) => b.store(sums, place, sum))
}

/**
 * All sums of one position. Arguments: `windows`, `gradients` (of the round's first tile), `sums`, `tileCount`, `blocks`
 * of `blockTiles` tiles (the last of what is left), `first` (1 where the sums begin with this round).
 */
export const productsProgram = (layout: GradientLayout, tile: RegisterTile, target: Target): Program =>
  vectorProgram(`${gradientName(layout.algorithm)} ${tile.rows.size}x${tile.vectors}`, target, (b) => {
    const { inputs, outputs, blockTiles } = layout
    const { rows, vectors, fullBlocks, restVectors } = tile
    const [windows, gradients] = [b.pointer('windows'), b.pointer('gradients')]
    const left = b.set(b.integer('tileCount'))
    const first = b.set(b.integer('first'))
    const rowBytes = 4 * outputs.positionStride
    b.loop(b.integer('blocks'), () => {
      const count = b.integerMin(left, blockTiles)
      const sums = b.pointer('sums')
      const operands = { windows, gradients, sums, count, first }
      const column = (width: number): void => {
        for (const [trips, held] of [
          [rows.large, rows.size],
          [rows.small, rows.size - 1],
        ]) {
          b.loop(trips, () => {
            emitRegisterTile(b, layout, held, width, operands)
            b.advance(windows, 4 * held)
            b.advance(sums, held * rowBytes)
          })
        }
        const all = rows.large * rows.size + rows.small * (rows.size - 1)
        b.advance(windows, -4 * all)
        b.advance(sums, width * b.bytes - all * rowBytes)
        b.advance(gradients, width * b.bytes)
      }
      b.loop(fullBlocks, () => column(vectors))
      if (restVectors > 0) column(restVectors)
      b.advance(gradients, -(fullBlocks * vectors + restVectors) * b.bytes)
      b.advance(windows, 4 * blockTiles * inputs.tileStride)
      b.advance(gradients, 4 * blockTiles * outputs.tileStride)
      b.integerSub(left, blockTiles, left)
      b.set(0, first)
    })
  })

/**
 * Gᵀ m G of `rows` input channels and `channels` output channels of a panel. Arguments: `sums` at the first row, `filter` at
 * its first element, `rows`.
 */
export const filterProgram = (
  { algorithm, inputs, outputs }: GradientLayout,
  sumsStride: number,
  channels: number,
  target: Target,
): Program =>
  vectorProgram(`${gradientName(algorithm)} filter`, target, (b) => {
    const { size, taps } = algorithm
    const matrix = transposed(algorithm.filter)
    const constants = constantsFor(b, matrix)
    const terms = columnTerms(matrix)
    const [sums, filter] = [b.pointer('sums'), b.pointer('filter')]
    const tapBytes = 4 * inputs.channels * outputs.channels
    const vector = (count: number): void => {
      const tail = count === b.lanes ? undefined : b.tail(count)
      for (const pass of rowPasses(b, taps)) {
        const kept = pass.map((): Vector[] => [])
        for (let column = 0; column < size; column++) {
          const made = new Map<string, Vector>()
          const product = (row: number) => vectorAt(sums, 4 * (row * size + column) * sumsStride)
          pass.forEach((row, i) => {
            kept[i].push(emitSum(b, constants, joined(b, terms[row], product, made)))
          })
        }
        pass.forEach((row, i) => {
          const made = new Map<string, Vector>()
          terms.forEach((columnTerm, column) => {
            const value = emitSum(
              b,
              constants,
              joined(b, columnTerm, (k) => kept[i][k], made),
            )
            b.store(filter, (row * taps + column) * tapBytes, value, tail)
          })
        })
      }
      b.advance(sums, b.bytes)
      b.advance(filter, 4 * count)
    }
    const [whole, rest] = [Math.floor(channels / b.lanes), channels % b.lanes]
    b.loop(b.integer('rows'), () => {
      b.loop(whole, () => vector(b.lanes))
      if (rest > 0) vector(rest)
      b.advance(sums, 4 * outputs.positionStride - (whole + (rest > 0 ? 1 : 0)) * b.bytes)
      b.advance(filter, 4 * (outputs.channels - channels))
    })
  })
