// What happens to a finished tile: bias, residual, activation, store.

import type { Activation, Epilogue } from '../../../backend.ts'
import type { Builder, Integer, Pointer, Tail, Vector } from '../../program/index.ts'
import { addInPlace, isLight } from '../epilogue.ts'
import { emitActivation } from '../math/activation.ts'

export interface EpilogueShape {
  readonly pixels: readonly number[]
  readonly vectors: number
  /** From a pixel's outputs to the next one's, in bytes. */
  readonly outputStep: number
  /** Pixels that every tile has; those after it are stored when the tile has them. */
  readonly fewest: number
  readonly epilogue: Epilogue | null
}

export interface EpiloguePlace {
  /** The vectors of a pixel. */
  readonly sumsOf: (pixel: number) => readonly Vector[]
  readonly output: Pointer
  readonly bias: Pointer | undefined
  readonly residual: Pointer | undefined
  /** Pixels of this tile. */
  readonly count: Integer
  /** Of the last vector, when it is not whole. */
  readonly tail: Tail | undefined
}

function finishPixel(b: Builder, shape: EpilogueShape, place: EpiloguePlace, pixel: number): void {
  const { epilogue, vectors, outputStep } = shape
  const sums = place.sumsOf(pixel)
  for (let v = 0; v < vectors; v++) {
    const tail = v === vectors - 1 ? place.tail : undefined
    const at = pixel * outputStep + v * b.bytes
    if (place.bias !== undefined) addInPlace(b, sums[v], place.bias, v * b.bytes, tail)
    if (place.residual !== undefined) addInPlace(b, sums[v], place.residual, at, tail)
    const activation = epilogue?.activation ?? null
    const y = activation !== null && isLight(activation) ? emitActivation(b, activation, sums[v]) : sums[v]
    b.store(place.output, at, y, tail)
  }
}

/** The activation over what has just been stored, one vector at a time: it may need every register. */
function activateStored(b: Builder, shape: EpilogueShape, activation: Activation, place: EpiloguePlace): void {
  b.loop(place.count, () => {
    for (let v = 0; v < shape.vectors; v++) {
      const tail = v === shape.vectors - 1 ? place.tail : undefined
      b.store(place.output, v * b.bytes, emitActivation(b, activation, b.load(place.output, v * b.bytes, tail)), tail)
    }
    b.advance(place.output, shape.outputStep)
  })
}

export function emitTileEpilogue(b: Builder, shape: EpilogueShape, place: EpiloguePlace): void {
  for (let pixel = 0; pixel < shape.pixels.length; pixel++) {
    const finish = (): void => finishPixel(b, shape, place, pixel)
    if (pixel < shape.fewest) finish()
    else b.when(place.count, 'gt', pixel, finish)
  }
  const activation = shape.epilogue?.activation ?? null
  if (activation !== null && !isLight(activation)) activateStored(b, shape, activation, place)
}
