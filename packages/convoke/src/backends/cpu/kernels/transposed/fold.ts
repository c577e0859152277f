// col2im, the adjoint of im2col: x[i, c] = Σ over taps t of columns[o, t, c] where i = o·stride − before + t·dilation.
// A transposed convolution whose products are there already.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueNames, nameBuffers } from '../buffers.ts'
import { evenParts, type Part, partsOf } from '../convolution/axes.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import { activationArguments } from '../math/activation.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, stepOfEach } from '../step.ts'
import { rowParts } from './plan.ts'
import { rowsOf, rowWords } from './rows.ts'
import { columnsOf, columnsProgram } from './written-or-tabled.ts'

/** Vectors and pixels of a tile at most: additions are few, and long runs of memory are what counts. */
const mostOf = ({ vectorRegisters }: Target): number => (vectorRegisters >= 32 ? 4 : 3)

/** What a vector read from memory costs, in multiply-adds. */
const vectorCost = 4

/** [columns, bias?, residual?] → [x] */
export function planFold(spec: ConvSpec, epilogue: Epilogue | null, target: Target, threads: number): KernelPlan {
  const { lanes } = target
  const most = mostOf(target)
  const [, , width] = liftAxes(spec)
  const channels = spec.inputChannels
  const [taps, kernelWidth] = [sizeOf(spec.kernel), width.kernel]
  const { count, ...rowTables } = rowsOf(spec)
  const blocks = partsOf(evenParts(Math.ceil(channels / lanes), most))
  // A tile of one pixel meets columns that exist, and no others.
  const tiles = { pixels: most, tablePixels: 1, operations: blocks[0].count }
  const columns = columnsOf(width, tiles, { xPixel: channels, yPixel: taps * channels, yTap: channels })
  const { at, own } = nameBuffers({
    given: ['y', ...epilogueNames(epilogue), 'x'],
    tables: { ...rowTables, columns: 'table' in columns ? columns.table : undefined },
  })
  const rowWork =
    ((width.input * taps) / sizeOf(spec.stride)) * vectorCost * Math.min(most, Math.ceil(channels / lanes))
  const parts = rowParts(count, rowWork, 6 * threads)

  const tailOf = (block: Part): number => Math.min(lanes, channels - (block.first + block.count - 1) * lanes)
  const callOf = (block: Part, part: Part): CallArguments => {
    const first = block.first * lanes
    return {
      ...{ x: place(at.x, 4 * first), y: place(at.y, 4 * first) },
      ...{ bias: place(at.bias, 4 * first), residual: place(at.residual, 4 * first) },
      ...{ rows: place(at.rows, 4 * rowWords * part.first), rowCount: part.count },
      ...{ taps: place(at.taps, 0), columns: place(at.columns, 0) },
      ...activationArguments(epilogue?.activation ?? null),
    }
  }
  const steps = groupedBy(blocks, (block) => `${block.count} ${tailOf(block)}`).map((alike): KernelStep => {
    const [block] = alike
    const shape = {
      ...{ vectors: block.count, elements: lanes, operand: { kind: 'columns' } as const },
      tail: tailOf(block),
      stride: width.stride,
      ...{ xPixel: channels, xRow: width.input * channels },
      ...{ yPixel: taps * channels, yRow: width.output * taps * channels },
      ...{ filterTap: channels, filterRow: kernelWidth * channels },
      ...{ accumulates: false, asksForX: false, finish: { epilogue } },
    }
    return stepOfEach(columnsProgram(shape, columns, target), alike.length * parts.length, (call) =>
      callOf(alike[Math.floor(call / parts.length)], parts[call % parts.length]),
    )
  })
  return Object.freeze({ name: steps[0].program.name, steps, ...own })
}
