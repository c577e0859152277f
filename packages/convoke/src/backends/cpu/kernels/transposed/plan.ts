// Transposed convolutions, the adjoint of conv in x: x[i, ci] = Σ over taps t and co of y[o, co]·f[t, ci, co] where
// i = o·stride − before + t·dilation. Data gradients and `convTranspose` alike.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueNames, nameBuffers } from '../buffers.ts'
import { evenParts, type Part, partsOf } from '../convolution/axes.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import { activationArguments } from '../math/activation.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, stepOfEach } from '../step.ts'
import { innerChannels, packFilter, packingOf, type VectorBlock } from './pack.ts'
import type { TileShape } from './program.ts'
import { rowsOf, rowWords } from './rows.ts'
import { type TransposedCover, transposedCover } from './tile.ts'
import { columnsOf, columnsProgram } from './written-or-tabled.ts'

/** Share of the second-level cache for the packed filter that one pass over the pixels reads again and again. */
const filterShare = 5 / 16

/** Multiply-adds of vectors below which a task is not worth handing to a thread: some ten microseconds. */
const smallestTask = 40_000

/** Products of an element of x so few that its line is not there yet when they are done. */
const fewProducts = 160

/** Tasks for a thread, so that a few threads finish together though one began late. */
const tasksAThread = 12

/** Channels of y of each pass: all of them where their filter fits the cache, else in parts whose sums wait in x. */
function passesOf(spec: ConvSpec, cover: TransposedCover, { lanes, caches }: Target): Part[] {
  const inner = innerChannels(spec)
  if (cover.operand.kind === 'lanewise') return [{ first: 0, count: inner }]
  const each = 4 * sizeOf(spec.kernel) * cover.vectors * lanes
  return partsOf(evenParts(inner, Math.max(32, Math.floor((filterShare * caches.second) / each))))
}

function shapeOf(
  spec: ConvSpec,
  cover: TransposedCover,
  { vectors, tail }: VectorBlock,
  { lanes, addressBytes, caches }: Target,
): Omit<TileShape, 'accumulates' | 'finish'> {
  const [, , width] = liftAxes(spec)
  const products = (sizeOf(spec.kernel) / sizeOf(spec.stride)) * innerChannels(spec)
  const large = 4 * sizeOf(convShapes(spec).input) > caches.second
  const row = innerChannels(spec) * vectors * lanes
  return {
    ...{ vectors, elements: cover.elements, tail, operand: cover.operand },
    stride: width.stride,
    ...{ xPixel: spec.inputChannels, xRow: width.input * spec.inputChannels },
    ...{ yPixel: spec.outputChannels, yRow: width.output * spec.outputChannels },
    ...{ filterTap: row, filterRow: width.kernel * row },
    asksForX: addressBytes === 8 && large && products <= fewProducts,
  }
}

/** Products of a pixel and vector that are written out. */
const productsOf = ({ operand }: TransposedCover): number => (operand.kind === 'lanewise' ? operand.inner : 1)

/** `rows` rows of so many multiply-adds each, in about even parts: `wanted`, or fewer where there is little to do. */
export function rowParts(rows: number, work: number, wanted: number): Part[] {
  const parts = Math.max(1, Math.min(wanted, Math.floor((rows * work) / smallestTask)))
  return partsOf(evenParts(rows, Math.max(1, Math.ceil(rows / parts))))
}

/** [y, filter, bias?, residual?] → [x] */
export function planTransposed(spec: ConvSpec, epilogue: Epilogue | null, target: Target, threads: number): KernelPlan {
  const cover = transposedCover(spec, target)
  const packing = packingOf(spec, cover, target)
  const { count, ...rowTables } = rowsOf(spec)
  const { pixels, vectors } = cover
  const columns = columnsOf(
    liftAxes(spec)[2],
    { pixels, tablePixels: pixels, operations: vectors * productsOf(cover) },
    { xPixel: spec.inputChannels, yPixel: spec.outputChannels, yTap: 0 },
  )
  const { at, own } = nameBuffers({
    given: ['y', 'filter', ...epilogueNames(epilogue), 'x'],
    tables: { ...rowTables, columns: 'table' in columns ? columns.table : undefined },
    derived: ['packed'],
  })

  const { kernel, stride } = spec
  const products = (sizeOf(kernel) / sizeOf(stride)) * innerChannels(spec)
  const rowWork = (liftAxes(spec)[2].input * products * cover.vectors * cover.elements) / target.lanes
  const wanted = Math.max(threads, Math.ceil((tasksAThread * threads) / packing.blocks.length))
  const parts = rowParts(count, rowWork, wanted)
  const lanewise = cover.operand.kind === 'lanewise' ? cover.operand : undefined

  const callOf = (block: VectorBlock, pass: Part, part: Part): CallArguments => {
    const channels = 4 * block.first
    const yFirst =
      lanewise === undefined
        ? block.group * innerChannels(spec) + pass.first
        : (block.first / lanewise.outer) * lanewise.inner
    return {
      x: place(at.x, channels),
      y: place(at.y, 4 * yFirst),
      filter: place(at.packed, 4 * (block.packed + pass.first * block.vectors * target.lanes)),
      taps: place(at.taps, 0),
      columns: place(at.columns, 0),
      bias: place(at.bias, channels),
      residual: place(at.residual, channels),
      channels: pass.count,
      ...activationArguments(epilogue?.activation ?? null),
      rows: place(at.rows, 4 * rowWords * part.first),
      rowCount: part.count,
    }
  }

  const passes = passesOf(spec, cover, target)
  const alike = groupedBy(packing.blocks, ({ vectors, tail }) => `${vectors} ${tail}`)
  const steps = passes.flatMap((pass, index) =>
    alike.map((blocks): KernelStep => {
      const last = index === passes.length - 1
      const shape: TileShape = {
        ...shapeOf(spec, cover, blocks[0], target),
        ...{ accumulates: index > 0, finish: last ? { epilogue } : null },
      }
      return stepOfEach(columnsProgram(shape, columns, target), blocks.length * parts.length, (call) =>
        callOf(blocks[Math.floor(call / parts.length)], pass, parts[call % parts.length]),
      )
    }),
  )
  return Object.freeze({
    ...{ name: steps[0].program.name, steps, ...own },
    derived: [packFilter(spec, cover, packing, target, at)],
  })
}
