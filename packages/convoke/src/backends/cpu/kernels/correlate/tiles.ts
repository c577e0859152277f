// How a rectangle of outputs is cut into tiles, strips and tasks.

import type { Target } from '../../program/index.ts'
import { type EvenParts, evenParts, partsOf } from '../convolution/axes.ts'
import type { Place } from '../plan.ts'
import { type CallArguments, place } from '../step.ts'
import { tileRows, tileVectors } from './dense-program.ts'
import type { PictureAxes } from './regions.ts'
import type { Source } from './sources.ts'

/** Floats of a strip of so many rows: they stay in the cache until the tile below meets them again. */
const stripFloats = ({ caches }: Target, rows: number): number => Math.floor(caches.second / 2 / (rows * 4))

/** Multiply-adds of vectors that make a task. */
const taskProducts = 400_000

/** Tiles of one program: those of a rectangle below and beside each other. */
export interface Tiles {
  readonly rows: number
  readonly vectors: number
  readonly narrow: number | undefined
  readonly call: CallArguments & { readonly y: Place }
}

export interface TileQuestion {
  readonly axes: PictureAxes
  readonly target: Target
  readonly parts: EvenParts
  /** The result's number among the plan's buffers. */
  readonly output: number
  /** Vectors of a row that a tile takes, where that is not for the tile to choose. */
  readonly vectors?: number
}

/** The calls for one rectangle. Rows whose windows share rows of the source stand `dilation` apart. */
export function tilesOf(source: Source, { axes, target, parts, output, vectors: asked }: TileQuestion): Tiles[] {
  const { height, width, channels } = axes
  const { rows, columns } = source.rectangle
  const floats = (columns[1] - columns[0]) * channels
  const outputPitch = width.output * channels * 4
  const y = (source.image * height.output + rows[0]) * outputPitch + columns[0] * channels * 4
  const most = tileRows(target, parts)
  const taps = height.kernel * width.kernel
  const [xPitch, yPitch] = [source.pitch * height.dilation, outputPitch * height.dilation]
  const list: Tiles[] = []
  const add = (phase: number, first: number, rows: number, tiles: number): void => {
    if (tiles === 0) return
    const vectors = asked ?? tileVectors(target, parts, rows, floats)
    const wide = vectors * target.lanes
    const products = rows * vectors * taps
    const kept = tiles === 1 ? taskProducts / products : stripFloats(target, 2 * most + parts.size) / wide
    for (const strip of partsOf(evenParts(Math.ceil(floats / wide), Math.max(16, Math.floor(kept))))) {
      const start = strip.first * wide
      const tilesOfTask = Math.max(1, Math.ceil(taskProducts / (strip.count * products)))
      for (const part of partsOf(evenParts(tiles, tilesOfTask))) {
        const row = first + part.first * rows
        list.push({
          rows,
          vectors,
          narrow: floats < target.lanes ? floats : undefined,
          call: {
            x: place(source.x.buffer, source.x.offset + phase * source.pitch + row * xPitch + 4 * start),
            y: place(output, y + phase * outputPitch + row * yPitch + 4 * start),
            ...{ xPitch, yPitch, tapStep: width.dilation * channels * 4, columns: width.kernel },
            ...{ tiles: part.count, across: strip.count },
            last: 4 * Math.max(0, Math.min(strip.count * wide, floats - start) - wide),
          },
        })
      }
    }
  }
  for (let phase = 0; phase < Math.min(height.dilation, rows[1] - rows[0]); phase++) {
    const tiles = evenParts(Math.ceil((rows[1] - rows[0] - phase) / height.dilation), most)
    add(phase, 0, tiles.size, tiles.large)
    add(phase, tiles.large * tiles.size, tiles.size - 1, tiles.small)
  }
  return list
}
