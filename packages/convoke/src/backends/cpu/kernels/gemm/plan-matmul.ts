// Matrix products by the tiles of convolution: a row of the left matrix is a pixel, a column of the right one an output
// channel. The right matrix is packed into panels, once for as long as it is not written to; where there are only a few
// rows to multiply it with, it is read where it stands.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue, KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueNames, nameBuffers } from '../buffers.ts'
import { copySteps } from '../copy/copy.ts'
import { tileChoices } from '../direct/choose-tile.ts'
import { cutColumns, type Geometry, pixelAxis } from '../direct/geometry.ts'
import { panelAt, panelBytes, panelsOf } from '../direct/panels.ts'
import { isPointwise } from '../direct/plan-direct.ts'
import { encodeTable } from '../direct/tables.ts'
import { type PanelWork, tileSteps } from '../direct/tile-steps.ts'
import { tileConvolution } from '../direct/tiling.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { packedRight, packRight, runsOf } from './packed.ts'

type MatmulSpec = KernelSpecs['matmul']

/** Batches of one right matrix are more rows of the left one. */
export function merged(spec: MatmulSpec): MatmulSpec {
  const { batch, m, k, transposeA, strideA, strideB } = spec
  if (batch > 1 && strideB === 0 && strideA === m * k && (!transposeA || m === 1)) {
    return { ...spec, batch: 1, m: batch * m, transposeA: false }
  }
  return spec
}

/** Tasks that a batch is shared out among: a plan writes down each. */
const mostTasks = 256

/** As many rows as this make packing pay. */
const rowsToPack = 24

/** As many columns of the result, and products in all, make turning a transposed left matrix over pay; measured. */
const [columnsToTurn, productsToTurn] = [64, 2 ** 20]

/**
 * Whether the left matrix is first turned over. Read down its columns, it costs a line of the cache for each element of a tile
 * and each of its products, from beyond the first cache where they are many.
 */
const isTurned = ({ transposeA, m, n, k }: MatmulSpec): boolean =>
  transposeA && m > 1 && n >= columnsToTurn && m * n * k >= productsToTurn

interface Left {
  readonly spec: MatmulSpec
  /** How many of them there are, and rows from one row of the transposed matrix to the next. */
  readonly count: number
  readonly pitch: number
  readonly to: number
}

function turnLeft({ spec: { m, k, strideA }, count, pitch, to }: Left, target: Target): readonly KernelStep[] {
  const shape = [count, m, k]
  const copy = {
    shape,
    inputOffset: 0,
    inputStrides: [strideA, 1, pitch],
    outputOffset: 0,
    outputStrides: [m * k, k, 1],
  }
  return copySteps(copy, 'float32', target, 0, to)
}

/** The product that a part of is planned: so many rows of a left matrix that is transposed, columns of the right one. */
export interface WholeProduct {
  readonly m: number
  readonly n: number
}

/** [a, b] → [y], or the part of `whole` that its first rows and columns are. */
export const planMatmul = (spec: MatmulSpec, target: Target, threads: number, whole?: WholeProduct): KernelPlan =>
  planProduct({ spec, epilogue: null, name: 'gemm', whole }, target, threads)

/** Whether the adjoint of a convolution is one product of its pixels. */
export const isPointwiseAdjoint = (conv: ConvSpec): boolean => conv.groups === 1 && isPointwise(conv)

/** The adjoint in x of a pointwise convolution, a product with the filter turned over. [y, filter, bias?, residual?] → [x] */
export function planPointwiseAdjoint(
  { batch, inputSize, inputChannels: n, outputChannels: k }: ConvSpec,
  epilogue: Epilogue | null,
  target: Target,
  threads: number,
): KernelPlan {
  const product = { batch: 1, m: batch * sizeOf(inputSize), n, k, transposeA: false, transposeB: true }
  const spec = { ...product, strideA: 0, strideB: 0 }
  return planProduct({ spec, epilogue, name: 'pointwise' }, target, threads)
}

interface Product {
  readonly spec: MatmulSpec
  readonly epilogue: Epilogue | null
  readonly name: string
  readonly whole?: WholeProduct | undefined
}

/** [a, b, bias?, residual?] → [y] */
function planProduct(product: Product, target: Target, threads: number): KernelPlan {
  const { epilogue, name } = product
  const joined = merged(product.spec)
  const whole = product.whole ?? joined
  const turned = isTurned(joined)
  const lefts = joined.strideA === 0 ? 1 : joined.batch
  const spec = turned ? { ...joined, transposeA: false, strideA: lefts === 1 ? 0 : joined.m * joined.k } : joined
  const { batch, m, n, k, transposeA, transposeB, strideA, strideB } = spec
  const geometry: Geometry = {
    axes: [pixelAxis(1), pixelAxis(1), pixelAxis(m)],
    batch: 1,
    inputPitch: transposeA ? 1 : k,
    outputPitch: whole.n,
    steps: k,
    inputStep: transposeA ? whole.m * 4 : 4,
    tapsFollow: false,
  }
  const reduction = { kind: 'dense' } as const
  const [choice] = tileChoices({ target, threads, reduction, geometry, columns: n, groups: batch })
  const tiling = tileConvolution(geometry, cutColumns(geometry, choice.columns, choice.rows), choice.unroll)
  const panels = panelsOf(target.lanes, n, choice.vectors)
  const packed = transposeB || m >= rowsToPack
  const matrices = strideB === 0 ? 1 : batch
  // An empty reduction has empty panels; memory is not.
  const bytes = Math.max(4, panelBytes(target, k, panels))
  // A product with one right matrix is likely to be a layer's, whose weights stay; a batch of them is data, and of some columns
  // only a part could be kept.
  const kept = packed && matrices === 1 && whole.n === n
  const { at, own } = nameBuffers({
    given: ['input', 'filter', ...epilogueNames(epilogue), 'output'],
    scratch: {
      turned: turned ? lefts * m * k * 4 : undefined,
      panels: packed && !kept ? bytes * matrices : undefined,
    },
    tables: { table: encodeTable(tiling.table) },
    derived: kept ? ['panels'] : [],
  })
  const left = turned ? at.turned : at.input
  const distances = {
    input: strideA * 4,
    filter: packed && strideB > 0 ? bytes : strideB * 4,
    output: whole.m * whole.n * 4,
  }
  const together = Math.ceil((batch * panels.length) / mostTasks)
  const work = runsOf(batch, together).flatMap(({ first, count }) =>
    panels.map((panel): PanelWork => {
      const inMatrix = packed ? panelAt(target, k, panel) : panel.first * 4
      return {
        ...{ panel, matrices: count },
        input: first * distances.input,
        filter: first * distances.filter + inMatrix,
        output: first * distances.output + panel.first * 4,
      }
    }),
  )
  const steps = tileSteps({
    ...{ name, target, threads, reduction, geometry, tiling, epilogue, panels: work, work: choice.work },
    ...(together > 1 ? { distances } : {}),
    panelBytes: k * choice.vectors * target.lanes * 4,
    ...(packed ? {} : { filterPitch: whole.n * 4 }),
    buffers: { ...at, input: left, filter: packed ? at.panels : at.filter },
  })
  const right = { k, n: whole.n, transposeB, target, panels, from: at.filter, to: at.panels }
  return Object.freeze({
    name: steps[0].program.name,
    steps: [
      ...(turned ? turnLeft({ spec: joined, count: lefts, pitch: whole.m, to: left }, target) : []),
      ...(packed && !kept ? packRight(right, { count: matrices, stride: strideB, together }) : []),
      ...steps,
    ],
    ...own,
    derived: kept ? [packedRight(right)] : [],
  })
}
