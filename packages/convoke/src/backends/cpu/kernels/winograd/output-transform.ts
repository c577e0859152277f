// Aᵀ m A for every tile of a block and one block of output channels, then bias, residual and activation, then the store:
// the only one to the output.

import type { Epilogue } from '../../../backend.ts'
import { type Builder, type Integer, type Pointer, type Tail, type Vector, vectorAt } from '../../program/index.ts'
import { emitEpilogue } from '../epilogue.ts'
import { type Constants, columnTerms, constantsFor, emitSum, joined, rowPasses } from './butterfly.ts'
import type { WinogradLayout } from './layout.ts'
import { tileField, tileRecordBytes } from './tiles.ts'

interface Destination {
  readonly y: Pointer
  readonly residual: Pointer | undefined
  readonly rowBytes: Integer
  /** The record of the tile, which says how many rows and columns the output has. */
  readonly tile: Pointer
}

/** Moves to the first pixel of row `to` of the tile. */
function moveToRow(b: Builder, { y, residual, rowBytes }: Destination, from: number, to: number): void {
  if (to === from) return
  const by = to - from === 1 ? rowBytes : b.integerMul(rowBytes, to - from)
  b.advance(y, by)
  if (residual !== undefined) b.advance(residual, by)
}

/** One vector of output channels of one tile. The pointers of `destination` end where they began. */
function emitVector(
  b: Builder,
  layout: WinogradLayout,
  epilogue: Epilogue | null,
  constants: Constants,
  products: Pointer,
  destination: Destination,
  bias: Vector | undefined,
  tail: Tail | undefined,
): void {
  const { algorithm, outputChannels, dilation } = layout
  const { size, outputs } = algorithm
  const terms = columnTerms(algorithm.output)
  const { y, residual, tile } = destination
  let current = 0
  for (const pass of rowPasses(b, outputs)) {
    const emitPass = (): void => {
      const kept = pass.map((): Vector[] => [])
      for (let column = 0; column < size; column++) {
        const made = new Map<string, Vector>()
        const product = (row: number) => vectorAt(products, (row * size + column) * b.bytes)
        pass.forEach((row, i) => {
          kept[i].push(emitSum(b, constants, joined(b, terms[row], product, made)))
        })
      }
      pass.forEach((row, i) => {
        moveToRow(b, destination, current, row)
        current = row
        b.when(b.loadInteger(tile, tileField.outputRows), 'gt', row, () => {
          const columns = b.loadInteger(tile, tileField.outputColumns)
          const made = new Map<string, Vector>()
          const weighted = terms.map((columnTerm) => joined(b, columnTerm, (column) => kept[i][column], made))
          weighted.forEach((sum, column) => {
            b.when(columns, 'gt', column, () => {
              const displacement = column * dilation[1] * outputChannels * 4
              const added = residual && b.load(residual, displacement, tail)
              const value = emitEpilogue(b, epilogue, emitSum(b, constants, sum), { bias, residual: added })
              b.store(y, displacement, value, tail)
            })
          })
        })
      })
    }
    emitPass()
  }
  moveToRow(b, destination, current, 0)
}

/** Outputs of all tiles for one block of output channels, starting `channelBytes` into each pixel. */
export function emitOutputTransform(
  b: Builder,
  layout: WinogradLayout,
  epilogue: Epilogue | null,
  vectors: number,
  restLanes: number,
  channelBytes: Integer,
): void {
  const { algorithm, outputChannels, productRow, vectorStride } = layout
  const constants = constantsFor(b, algorithm.output)
  const tile = b.pointer('tiles')
  const products = b.pointer('products')
  b.loop(b.integer('tileCount'), () => {
    const start = b.integerMul(b.loadInteger(tile, tileField.outputPixel), outputChannels * 4)
    b.integerAdd(start, channelBytes, start)
    const y = b.pointer('y')
    b.advance(y, start)
    const residual = epilogue?.residual ? b.pointer('residual') : undefined
    if (residual !== undefined) b.advance(residual, start)
    const destination: Destination = { y, residual, rowBytes: b.integer('outputRowBytes'), tile }
    const bias = epilogue?.bias ? b.pointer('bias') : undefined
    if (bias !== undefined) b.advance(bias, channelBytes)
    const vector = (tail: Tail | undefined): void => {
      const added = bias && b.load(bias, 0, tail)
      emitVector(b, layout, epilogue, constants, products, destination, added, tail)
    }
    const whole = restLanes === 0 || restLanes === b.lanes ? vectors : vectors - 1
    b.loop(whole, () => {
      vector(undefined)
      b.advance(products, vectorStride * 4)
      for (const pointer of [y, residual, bias]) if (pointer !== undefined) b.advance(pointer, b.bytes)
    })
    if (whole < vectors) vector(b.tail(restLanes))
    b.advance(products, (productRow - whole * vectorStride) * 4)
    b.advance(tile, tileRecordBytes)
  })
}
