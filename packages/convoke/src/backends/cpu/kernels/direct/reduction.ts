// One step of a tile's reduction: how the input and the filter meet.
//
//   dense    an input element of each pixel, in every lane, times the filter's vectors: outputs of one group
//   grouped  lanes of several groups: each output lane takes input c of its own group; with one input and one output a
//            group this is the depthwise product of two vectors
//   dot      lanes are input channels: for outputs too few to fill a vector, whose sums are added up across the lanes
//            when the tile is done

import type { Builder, Pointer, Tail, Vector } from '../../program/index.ts'
import { scalarAt, type Target, vectorAt } from '../../program/index.ts'

export type Reduction =
  | { readonly kind: 'dense' }
  | { readonly kind: 'grouped'; readonly inputs: number; readonly outputs: number }
  | { readonly kind: 'dot'; readonly outputs: number }

/** Vectors that hold the sums of one pixel. */
export const sumsOf = (reduction: Reduction, vectors: number): number =>
  reduction.kind === 'dot' ? reduction.outputs : vectors

/** Rows of a panel that one reduction step takes. */
export function filterRowsOf(reduction: Reduction): number {
  if (reduction.kind === 'dense') return 1
  return reduction.kind === 'dot' ? reduction.outputs : reduction.inputs
}

/** One input and one output a group: the product of two vectors. */
export const isDepthwise = (reduction: Reduction): boolean =>
  reduction.kind === 'grouped' && reduction.inputs * reduction.outputs === 1

/** Elements of input that a vector of outputs needs, when lanes hold whole groups. */
export const groupedSpan = (lanes: number, { inputs, outputs }: { inputs: number; outputs: number }): number =>
  (lanes / outputs) * inputs

/** Inputs of a group whose weights stay in registers from pixel to pixel. */
export const keptInputs = 4

/**
 * Whether groups of this size fit side by side: whole groups in a vector, whose inputs are two vectors at most. A group that fills a
 * vector by itself and has many inputs is dense: they come from memory in every lane, at twice the rate of shuffles.
 */
export const fitsGrouped = ({ lanes }: Target, inputs: number, outputs: number): boolean =>
  lanes % outputs === 0 &&
  (outputs < lanes || inputs <= keptInputs) &&
  groupedSpan(lanes, { inputs, outputs }) <= 2 * lanes

export interface ReductionShape {
  readonly reduction: Reduction
  readonly vectors: number
  readonly lastLanes: number
  readonly filterWhole: boolean
}

export interface ReductionPlace {
  readonly input: Pointer
  readonly filter: Pointer
  /** The pixels that take part: where they read, from `input`, and their sums. */
  readonly pixels: readonly { readonly at: number; readonly sums: readonly Vector[] }[]
  readonly tails: ReductionTails
  /** Bytes from `input` and `filter` to this step's. */
  readonly inputAt: number
  readonly filterAt: number
  /** Bytes further on that will be read soon; 0 where that is not known. */
  readonly ahead: number
}

/** Tails for partial vectors of input and filter, made once outside the loops: by number of elements. */
export type ReductionTails = ReadonlyMap<number, Tail>

const vectorsOf = <T>(count: number, make: (v: number) => T): T[] => Array.from({ length: count }, (_, v) => make(v))

function denseStep(b: Builder, shape: ReductionShape, place: ReductionPlace): void {
  const { inputAt: input, filterAt: filter } = place
  const { vectors } = shape
  const tail = shape.filterWhole ? undefined : place.tails.get(shape.lastLanes)
  const weights = vectorsOf(vectors, (v) =>
    b.load(place.filter, filter + v * b.bytes, v === vectors - 1 ? tail : undefined),
  )
  for (const { at, sums } of place.pixels) {
    if (place.ahead > 0) b.prefetch(place.input, at + input + place.ahead)
    const x = vectors === 1 ? scalarAt(place.input, at + input) : b.broadcast(place.input, at + input)
    for (let v = 0; v < vectors; v++) b.fma(sums[v], weights[v], x)
  }
}

function dotStep(b: Builder, { outputs }: { outputs: number }, place: ReductionPlace): void {
  const { input, filter, inputAt, filterAt } = place
  const weights = vectorsOf(outputs, (c) => b.load(filter, filterAt + c * b.bytes))
  for (const { at, sums } of place.pixels) {
    const x = outputs === 1 ? vectorAt(input, at + inputAt) : b.load(input, at + inputAt)
    for (let c = 0; c < outputs; c++) b.fma(sums[c], weights[c], x)
  }
}

/** Of a pixel's sums, one vector of outputs. */
export function finishSums(b: Builder, { reduction }: ReductionShape, sums: readonly Vector[]): readonly Vector[] {
  if (reduction.kind !== 'dot') return sums
  const [first, ...rest] = sums.map((sum) => b.sumLanes(sum))
  const put = (all: Vector, sum: Vector, c: number): Vector =>
    b.shuffle(
      all,
      sum,
      vectorsOf(b.lanes, (lane) => (lane === c + 1 ? b.lanes : lane)),
    )
  return [rest.reduce(put, first)]
}

/** How many elements of input each load of a vector of outputs takes. */
function loadsOf(lanes: number, shape: ReductionShape, v: number): number[] {
  const { inputs, outputs } = shape.reduction as Extract<Reduction, { kind: 'grouped' }>
  const active = v === shape.vectors - 1 ? shape.lastLanes : lanes
  const span = (active / outputs) * inputs
  return span <= lanes ? [span] : [lanes, span - lanes]
}

/** The tails that `reductionStep` asks for. */
export function reductionTails(b: Builder, shape: ReductionShape): ReductionTails {
  const tails = new Map<number, Tail>()
  const dense = shape.filterWhole ? [] : [shape.lastLanes]
  const grouped = () => vectorsOf(shape.vectors, (v) => loadsOf(b.lanes, shape, v)).flat()
  for (const count of shape.reduction.kind === 'grouped' ? grouped() : dense) {
    if (count < b.lanes && !tails.has(count)) tails.set(count, b.tail(count))
  }
  return tails
}

/** Lanes of a block, within which processors shuffle by a number in the instruction. */
const block = 4

/** Whether all lanes of a block take the same place of the same block, be it another. */
export const goesByBlocks = ({ inputs, outputs }: { inputs: number; outputs: number }): boolean =>
  inputs % block === 0 && outputs % block === 0

interface BlockPlace extends Pick<ReductionPlace, 'input' | 'filter' | 'tails' | 'ahead'> {
  readonly pixels: readonly { readonly from: number; readonly sum: Vector }[]
  /** Elements of each load of a pixel. */
  readonly loads: readonly number[]
  readonly weightAt: (input: number) => number
}

/** Four inputs at a time: their block is brought to the lanes of its group once, then each of them to all of the block. */
function blockStep(b: Builder, group: { readonly inputs: number; readonly outputs: number }, place: BlockPlace): void {
  const { inputs, outputs } = group
  for (let first = 0; first < inputs; first += block) {
    const weights = vectorsOf(block, (c) => b.load(place.filter, place.weightAt(first + c)))
    const moved = vectorsOf(b.lanes, (lane) => Math.floor(lane / outputs) * inputs + first + (lane % block))
    const stays = moved.every((from, lane) => from === lane)
    for (const { from, sum } of place.pixels) {
      if (first === 0 && place.ahead > 0) b.prefetch(place.input, from + place.ahead)
      const parts = place.loads.map((count, i) => b.load(place.input, from + i * b.bytes, place.tails.get(count)))
      const near = stays ? parts[0] : b.shuffle(parts[0], parts[parts.length - 1], moved)
      for (const [c, weight] of weights.entries()) {
        const pattern = vectorsOf(b.lanes, (lane) => lane - (lane % block) + c)
        b.fma(sum, b.shuffle(near, near, pattern), weight)
      }
    }
  }
}

function groupedStep(b: Builder, shape: ReductionShape, place: ReductionPlace): void {
  const { inputAt: input, filterAt: filter } = place
  const { inputs, outputs } = shape.reduction as Extract<Reduction, { kind: 'grouped' }>
  const span = groupedSpan(b.lanes, { inputs, outputs })
  const direct = isDepthwise(shape.reduction)
  for (let v = 0; v < shape.vectors; v++) {
    const loads = loadsOf(b.lanes, shape, v)
    const weightAt = (c: number): number => filter + (c * shape.vectors + v) * b.bytes
    if (goesByBlocks({ inputs, outputs })) {
      const pixels = place.pixels.map(({ at, sums }) => ({ from: at + input + v * span * 4, sum: sums[v] }))
      blockStep(b, { inputs, outputs }, { ...place, pixels, loads, weightAt })
      continue
    }
    const kept = inputs <= keptInputs ? vectorsOf(inputs, (c) => b.load(place.filter, weightAt(c))) : null
    for (const { at, sums } of place.pixels) {
      const from = at + input + v * span * 4
      if (direct && loads[0] === b.lanes && kept !== null) {
        if (place.ahead > 0) b.prefetch(place.input, from + place.ahead)
        b.fma(sums[v], kept[0], vectorAt(place.input, from))
        continue
      }
      const parts = loads.map((count, i) => b.load(place.input, from + i * b.bytes, place.tails.get(count)))
      for (let c = 0; c < inputs; c++) {
        const pattern = vectorsOf(b.lanes, (lane) => Math.floor(lane / outputs) * inputs + c)
        const x = direct ? parts[0] : b.shuffle(parts[0], parts[parts.length - 1], pattern)
        b.fma(sums[v], x, kept === null ? vectorAt(place.filter, weightAt(c)) : kept[c])
      }
    }
  }
}

export function reductionStep(b: Builder, shape: ReductionShape, place: ReductionPlace): void {
  const { reduction } = shape
  if (reduction.kind === 'dense') denseStep(b, shape, place)
  else if (reduction.kind === 'dot') dotStep(b, reduction, place)
  else groupedStep(b, shape, place)
}
