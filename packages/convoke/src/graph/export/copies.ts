// copy and fill: one copy that fills its result, or several steps that fill one together, as Concat, Pad or Scatter.

import { type Cell, isKernel, type KernelStep, type Step } from '../../compile/program.ts'
import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import { type Order, plainOrder } from '../value.ts'
import { type Attributes, int, text } from './draft.ts'
import { convert, dimsOf, type Form, isPlain, sameList } from './form.ts'
import type { Scene, Translate, Translations } from './scene.ts'
import { read } from './strided.ts'

type Copy = KernelStep<'copy'>

/** What a copy writes, as a box in the result. */
interface Box {
  readonly step: Copy
  readonly starts: readonly number[]
  readonly sizes: readonly number[]
}

const translateCopy: Translate<'copy'> = (step, scene) => {
  const [y] = step.outputs
  const writers = scene.uses.writers.get(y) ?? []
  // Those who write together are written where the last of them stands: all that they read is there.
  if (writers.at(-1) !== step) return
  if (writers.length === 1 && isDense(step.spec, y.length)) {
    scene.cells.put(y, pieceOf(step, scene))
    return
  }
  together(writers, y, scene)
}

const isDense = ({ shape, outputOffset, outputStrides }: Copy['spec'], length: number): boolean => {
  const dense = stridesOf(shape)
  return (
    outputOffset === 0 &&
    sizeOf(shape) === length &&
    shape.every((size, axis) => size === 1 || outputStrides[axis] === dense[axis])
  )
}

const pieceOf = ({ spec, inputs: [x] }: Copy, { draft, cells }: Scene): Form => {
  const { shape, inputOffset, inputStrides } = spec
  const dense = stridesOf(shape)
  const whole = inputOffset === 0 && sizeOf(shape) === x.length
  if (whole && shape.every((size, axis) => size === 1 || inputStrides[axis] === dense[axis])) {
    const form = cells.formOf(x)
    return isPlain(form.order) && form.shape.length === 1
      ? { name: cells.as(x, shape), shape, order: plainOrder(shape.length) }
      : form
  }
  return read(draft, cells, x, { shape, offset: inputOffset, strides: inputStrides })
}

function together(writers: readonly Step[], y: Cell, scene: Scene): void {
  const { draft, cells } = scene
  const fills = writers.filter((step) => isKernel(step, 'fill'))
  const copies = writers.filter((step): step is Copy => isKernel(step, 'copy'))
  if (
    fills.length + copies.length < writers.length ||
    fills.length > 1 ||
    (fills.length === 1 && writers[0] !== fills[0])
  ) {
    throw draft.refusal('writes one tensor with several kernels; ONNX has no operator for that.')
  }
  const lengths = lengthsOf(copies, y.length)
  const boxes = lengths === null ? null : boxesOf(copies, lengths)
  if (lengths !== null && boxes !== null) {
    if (fills.length === 0) {
      const form = joined(boxes, lengths, scene)
      if (form !== null) {
        cells.put(y, form)
        return
      }
    } else if (boxes.length === 1) {
      cells.put(y, padded(boxes[0], lengths, (fills[0] as KernelStep<'fill'>).spec.value, scene))
      return
    }
  }
  const value = fills.length === 0 ? 0 : (fills[0] as KernelStep<'fill'>).spec.value
  cells.put(y, scattered(copies, y, value, scene))
}

/** The lengths of a result whose axes all copies count with the same strides. */
function lengthsOf(copies: readonly Copy[], length: number): readonly number[] | null {
  const [first] = copies
  const rank = first.spec.shape.length
  // Along an axis of length 1 a copy may have any stride.
  const strides = first.spec.outputStrides.map((stride, axis) => {
    const long = copies.find(({ spec }) => spec.shape.length === rank && spec.shape[axis] > 1)
    return long?.spec.outputStrides[axis] ?? stride
  })
  const agree = copies.every(
    ({ spec }) =>
      spec.shape.length === rank &&
      spec.shape.every((size, axis) => size === 1 || spec.outputStrides[axis] === strides[axis]),
  )
  if (!agree) return null
  const lengths: number[] = []
  let above = length
  for (const stride of strides) {
    if (stride <= 0 || above % stride !== 0) return null
    lengths.push(above / stride)
    above = stride
  }
  return above === 1 ? lengths : null
}

function boxesOf(copies: readonly Copy[], lengths: readonly number[]): Box[] | null {
  const strides = stridesOf(lengths)
  const boxes = copies.map((step): Box => {
    let rest = step.spec.outputOffset
    const starts = strides.map((stride) => {
      const start = Math.floor(rest / stride)
      rest -= start * stride
      return start
    })
    return { step, starts, sizes: step.spec.shape }
  })
  const inside = boxes.every(({ starts, sizes }) => starts.every((start, axis) => start + sizes[axis] <= lengths[axis]))
  return inside ? boxes : null
}

/** Boxes side by side, axis after axis. */
function joined(boxes: readonly Box[], lengths: readonly number[], scene: Scene): Form | null {
  const pieces = new Map(boxes.map((box) => [box, pieceOf(box.step, scene)]))
  const wanted = [...pieces].map(([{ sizes }, form]) => ({ sizes, form }))
  const rank = lengths.length
  // The order in which most pieces are there already.
  const orders = wanted.filter(({ sizes, form }) => sameList(form.shape, sizes)).map(({ form }) => form.order)
  const count = (order: Order): number => orders.filter((other) => sameList(other, order)).length
  const order = orders.reduce<Order>(
    (best, one) => (count(one) > count(best) ? one : best),
    orders[0] ?? plainOrder(rank),
  )
  const join = (some: readonly Box[], axis: number): { name: string; sizes: readonly number[] } | null => {
    if (axis === rank) {
      if (some.length !== 1) return null
      const form = pieces.get(some[0]) as Form
      return { name: convert(scene.draft, form, some[0].sizes, order).name, sizes: some[0].sizes }
    }
    const starts = [...new Set(some.map((box) => box.starts[axis]))].sort((a, b) => a - b)
    const parts = starts.map((start) =>
      join(
        some.filter((box) => box.starts[axis] === start),
        axis + 1,
      ),
    )
    let at = 0
    for (const [i, part] of parts.entries()) {
      if (part === null || starts[i] !== at) return null
      if (part.sizes.some((size, other) => other > axis && size !== parts[0]?.sizes[other])) return null
      at += part.sizes[axis]
    }
    if (at !== lengths[axis]) return null
    const found = parts as { name: string; sizes: readonly number[] }[]
    if (found.length === 1) return found[0]
    const sizes = found[0].sizes.map((size, other) => (other === axis ? lengths[axis] : size))
    const attributes: Attributes = { axis: int(order.indexOf(axis)) }
    const names = found.map(({ name }) => name)
    return { sizes, name: scene.draft.node('Concat', names, dimsOf(sizes, order), attributes) }
  }
  const made = join(boxes, 0)
  return made === null ? null : { name: made.name, shape: lengths, order }
}

function padded(box: Box, lengths: readonly number[], value: number, scene: Scene): Form {
  const { draft } = scene
  const piece = pieceOf(box.step, scene)
  const order = sameList(piece.shape, box.sizes) ? piece.order : plainOrder(lengths.length)
  const { name } = convert(draft, piece, box.sizes, order)
  const before = dimsOf(box.starts, order)
  const after = order.map((axis) => lengths[axis] - box.starts[axis] - box.sizes[axis])
  const [type] = box.step.outputs
  const inputs = [name, draft.lengths([...before, ...after], 'pads')]
  if (value !== 0) inputs.push(draft.scalar(value, type.dtype))
  const dims = dimsOf(lengths, order)
  return { name: draft.node('Pad', inputs, dims, { mode: text('constant') }), shape: lengths, order }
}

function scattered(copies: readonly Copy[], y: Cell, value: number, scene: Scene): Form {
  const { draft } = scene
  let name = draft.node('Expand', [draft.scalar(value, y.dtype), draft.lengths([y.length], 'shape')], [y.length])
  for (const step of copies) {
    const { shape, outputOffset, outputStrides } = step.spec
    const size = sizeOf(shape)
    const flat = convert(draft, pieceOf(step, scene), [size], [0]).name
    let places = [outputOffset]
    shape.forEach((length, axis) => {
      places = places.flatMap((place) => Array.from({ length }, (_, i) => place + i * outputStrides[axis]))
    })
    name = draft.node('ScatterElements', [name, draft.indices('places', [size], places), flat], [y.length], {
      axis: int(0),
    })
  }
  return { name, shape: [y.length], order: [0] }
}

/** A number everywhere, which copies into the same tensor follow. */
const translateFill: Translate<'fill'> = ({ spec, outputs: [y] }, { draft, cells, uses }) => {
  if ((uses.writers.get(y) ?? []).length > 1) return
  const name = draft.node('Expand', [draft.scalar(spec.value, y.dtype), draft.lengths([y.length], 'shape')], [y.length])
  cells.put(y, { name, shape: [y.length], order: [0] })
}

export const copies: Translations = { copy: translateCopy, fill: translateFill }
