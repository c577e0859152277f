// A kernel's direct sum over pictures: every tap, in registers.

import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { type EvenParts, evenParts, partsOf } from '../convolution/axes.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import type { Derived, KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, programFor, stepOf } from '../step.ts'
import { denseProgram, tapParts, tileRows, tileVectors } from './dense-program.ts'
import { type PictureAxes, pictureAxes, regionsOf } from './regions.ts'
import { insideSources, rimSources, type Source } from './sources.ts'

/** The taps in the order in which the program meets them. */
function packedTaps(height: number, width: number, parts: EvenParts): Derived {
  return {
    input: 1,
    bytes: 4 * height * width,
    key: `correlate taps ${height}×${width} ${parts.size}`,
    compute: (kernel, packed) => {
      let at = 0
      for (const { first, count } of partsOf(parts)) {
        for (let column = 0; column < width; column++) {
          for (let row = first; row < first + count; row++) packed[at++] = kernel[row * width + column]
        }
      }
    },
  }
}

/** Floats of a strip of so many rows: they stay in the cache until the tile below meets them again. */
const stripFloats = ({ caches }: Target, rows: number): number => Math.floor(caches.second / 2 / (rows * 4))

/** Multiply-adds of vectors that make a task. */
const taskProducts = 400_000

interface Tiles {
  readonly rows: number
  readonly vectors: number
  readonly narrow: number | undefined
  readonly call: CallArguments
}

/** The calls for one rectangle. Rows whose windows share rows of the source stand `dilation` apart. */
function tilesOf(source: Source, axes: PictureAxes, target: Target, parts: EvenParts): Tiles[] {
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
    const vectors = tileVectors(target, parts, rows, floats)
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
            y: place(2, y + phase * outputPitch + row * yPitch + 4 * start),
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

export function planDense({ conv, boundary }: KernelSpecs['correlate'], target: Target): KernelPlan {
  const axes = pictureAxes(conv)
  const { height, width } = axes
  const parts = tapParts(height.kernel)
  const { inside, rim } = regionsOf(axes, 2 * target.lanes)
  const copies = rimSources(axes, rim, boundary, target, 3)
  const derived = 3 + copies.scratch.length + copies.tables.length
  const stepsOf = (sources: readonly Source[], joins: boolean): KernelStep[] => {
    const all = sources.flatMap((source) => tilesOf(source, axes, target, parts))
    const sameProgram = groupedBy(all, ({ rows, vectors, narrow }) => `${rows} ${vectors} ${narrow}`)
    return sameProgram.map((group, i): KernelStep => {
      const { rows, vectors, narrow } = group[0]
      const shape = { rows, vectors, parts, narrow }
      const key = `correlate dense ${rows} ${vectors} ${narrow} ${parts.size} ${parts.large} ${parts.small} ${target.name}`
      const program = programFor(key, () => denseProgram(shape, target))
      const step = stepOf(
        program,
        group.map(({ call }) => ({ ...call, taps: place(derived, 0) })),
      )
      return i > 0 || joins ? { ...step, joins: true } : step
    })
  }
  const steps = [
    ...copies.steps,
    ...(inside === undefined ? [] : stepsOf(insideSources(axes, inside), copies.steps.length > 0)),
    ...stepsOf(copies.sources, false),
  ]
  return Object.freeze({
    name: `picture ${tileRows(target, parts)}x1 ${target.name}`,
    steps,
    scratch: copies.scratch,
    tables: copies.tables,
    derived: [packedTaps(height.kernel, width.kernel, parts)],
  })
}
