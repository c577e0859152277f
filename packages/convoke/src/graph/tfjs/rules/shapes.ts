// Operators that move elements about or speak of shapes.

import { firstly, float, type Held, int, ints, plainly, text, toFirst } from '../builder.ts'
import type { Context, Rule, Rules } from '../context.ts'

const isFirstOnly = (held: Held): boolean => held.plain === null && held.constant === null

/** An axis of a plain value among those of one with its channels second. */
const axisInFirst = (axis: number, rank: number): number => toFirst(rank).indexOf(axis)

function shape(c: Context): string {
  const { b } = c
  const x = c.in(0)
  const type = c.type('out_type', 'int32')
  const rank = b.rankOf(x)
  if (isFirstOnly(x) && rank !== null) {
    const sizes = b.node('Shape', [b.first(x, rank)])
    const order = b.int64(Array.from({ length: rank }, (_, axis) => axisInFirst(axis, rank)))
    return b.cast(b.node('Gather', [sizes, order], { axis: int(0) }), type)
  }
  return b.cast(b.node('Shape', [b.plain(x)]), type)
}

const reshape: Rule = (c) =>
  c.b.node('Reshape', [c.plain(0), c.b.wholeList(c.in(1))], { allowzero: int(allowsZero(c)) })

/** A length of 0 is one only where no length is left open: ONNX does not have both. */
function allowsZero(c: Context): number {
  const numbers = c.b.someNumbers(c.in(1))
  return numbers?.includes(0) === true && !numbers.includes(-1) ? 1 : 0
}

function expandDims(c: Context): string {
  return c.b.node('Unsqueeze', [c.plain(0), c.b.wholeList(c.in(1))])
}

function squeeze(c: Context): string {
  const given = c.ints('squeeze_dims').length > 0 ? c.ints('squeeze_dims') : c.ints('axis')
  return c.b.node('Squeeze', [c.plain(0), ...(given.length === 0 ? [] : [c.b.int64(given)])])
}

function transpose(c: Context): Held {
  const { b } = c
  const x = c.in(0)
  const perm = c.numbers(1)
  const toSecond = toFirst(perm.length)
  // From channels last to channels second: the picture may lie so already.
  if (perm.length >= 3 && x.first !== null && perm.every((axis, i) => axis === toSecond[i])) return plainly(x.first)
  return plainly(b.transpose(c.plain(0), perm))
}

/** Values joined, in whichever layout the first is. */
function joined(c: Context, values: readonly Held[], axis: number): Held {
  const { b } = c
  const filled = values.filter((held) => b.known(held)?.shape.includes(0) !== true)
  const list = filled.length === 0 ? values.slice(0, 1) : filled
  if (list.length === 1) return list[0]
  const rank = b.rankOf(list[0])
  if (rank !== null && rank >= 3 && list.every((held) => isFirstOnly(held) || b.rankOf(held) === rank)) {
    if (list.some(isFirstOnly)) {
      const names = list.map((held) => b.first(held, rank))
      return firstly(b.node('Concat', names, { axis: int(axisInFirst(c.axis(axis, rank), rank)) }))
    }
  }
  return plainly(
    b.node(
      'Concat',
      list.map((held) => b.plain(held)),
      { axis: int(axis) },
    ),
  )
}

function pack(c: Context): string {
  const { b } = c
  const axis = c.int('axis', 0)
  const lined = c.inputs.map((held) => b.node('Unsqueeze', [b.plain(held), b.int64([axis])]))
  return lined.length === 1 ? lined[0] : b.node('Concat', lined, { axis: int(axis) })
}

function unpack(c: Context): string[] {
  const { b } = c
  const axis = c.int('axis', 0)
  const told = b.known(c.in(0))?.shape.at(axis)
  const count = c.int('num', typeof told === 'number' ? told : 0)
  if (count < 1 || count > 65536) return c.refuse(`it unpacks ${count} values.`)
  return parts(c, c.plain(0), axis, count, null).map((part) => b.node('Squeeze', [part, b.int64([axis])]))
}

function parts(c: Context, x: string, axis: number, count: number, sizes: string | null): string[] {
  if (!Number.isInteger(count) || count < 1 || count > 65536) return c.refuse(`it splits into ${count} values.`)
  const attributes = { axis: int(axis), ...(sizes === null && { num_outputs: int(count) }) }
  return c.b.many('Split', sizes === null ? [x] : [x, sizes], attributes, { outputs: count })
}

/** In whichever layout the value is. */
function splitAlong(c: Context, x: Held, axis: number, count: number, sizes: string | null): Held[] {
  const rank = c.b.rankOf(x)
  if (isFirstOnly(x) && rank !== null && rank >= 3) {
    return parts(c, c.b.first(x, rank), axisInFirst(c.axis(axis, rank), rank), count, sizes).map(firstly)
  }
  return parts(c, c.b.plain(x), axis, count, sizes).map(plainly)
}

function splitV(c: Context): Held[] {
  const { b } = c
  const axis = c.number(2)
  const sizes = [...c.numbers(1)]
  const open = sizes.indexOf(-1)
  if (open >= 0) {
    const whole = b.known(c.in(0))?.shape.at(axis)
    if (typeof whole !== 'number') return c.refuse(`the length that it splits along axis ${axis} is not known.`)
    sizes[open] = whole - sizes.reduce((sum, size) => sum + (size < 0 ? 0 : size), 0)
  }
  return splitAlong(c, c.in(0), axis, sizes.length, b.int64(sizes))
}

/** No index reaches beyond it. */
const farthest = 2 ** 31 - 1

function slice(c: Context): string {
  const { b } = c
  const [begin, size] = [b.numbers(c.in(1)), b.numbers(c.in(2))]
  if (begin !== null && size !== null) {
    const axes = begin.map((_, axis) => axis).filter((axis) => begin[axis] !== 0 || size[axis] !== -1)
    if (axes.length === 0) return c.plain(0)
    const ends = axes.map((axis) => (size[axis] < 0 ? farthest : begin[axis] + size[axis]))
    return b.node('Slice', [c.plain(0), b.int64(axes.map((axis) => begin[axis])), b.int64(ends), b.int64(axes)])
  }
  const [from, count] = [b.wholeList(c.in(1)), b.wholeList(c.in(2))]
  const open = b.node('Less', [count, b.int64([0], [])])
  const ends = b.node('Where', [open, b.int64([farthest], []), b.node('Add', [from, count])])
  return b.node('Slice', [c.plain(0), from, ends])
}

/** Definition: tf.strided_slice. Each mask has a bit for each number of begin. */
function stridedSlice(c: Context): string {
  const { b } = c
  const names = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'] as const
  const masks = names.map((name) => c.int(name, 0))
  const [begin, end, strides] = [1, 2, 3].map((index) => b.someNumbers(c.in(index)))
  const plan = begin && end && strides ? planOf(c, begin, end, strides, masks) : null
  if (plan === null) {
    const attributes = Object.fromEntries(names.map((name, i) => [name, int(masks[i])]))
    return b.own('StridedSlice', [c.plain(0), ...[1, 2, 3].map((index) => b.wholeList(c.in(index)))], attributes)[0]
  }
  let x = c.plain(0)
  const { starts, ends, axes, steps, gone, added } = plan
  if (axes.length > 0) {
    x = b.node('Slice', [x, b.int64(starts), b.int64(ends), b.int64(axes), b.int64(steps)])
  }
  if (gone.length > 0) x = b.node('Squeeze', [x, b.int64(gone)])
  return added.length > 0 ? b.node('Unsqueeze', [x, b.int64(added)]) : x
}

interface SlicePlan {
  readonly starts: number[]
  readonly ends: number[]
  readonly axes: number[]
  readonly steps: number[]
  /** Axes of the input that are of one element, and go. */
  readonly gone: number[]
  /** Axes of the result that are new. */
  readonly added: number[]
}

type Some = readonly (number | null)[]

/** Null where it depends on numbers that are computed. */
function planOf(c: Context, begin: Some, end: Some, strides: Some, masks: readonly number[]): SlicePlan | null {
  const bit = (mask: number, i: number): boolean => ((masks[mask] >> i) & 1) === 1
  const plan: SlicePlan = { starts: [], ends: [], axes: [], steps: [], gone: [], added: [] }
  const fresh = begin.filter((_, i) => bit(3, i) && !bit(2, i)).length
  const dots = begin.findIndex((_, i) => bit(2, i))
  let [axis, result] = [0, 0]
  for (let i = 0; i < begin.length; i++) {
    if (i === dots) {
      const rank = c.b.rankOf(c.in(0))
      if (rank === null) return null
      const skipped = Math.max(0, rank - (begin.length - 1 - fresh))
      axis += skipped
      result += skipped
      continue
    }
    if (bit(3, i)) {
      plan.added.push(result++)
      continue
    }
    const step = strides[i]
    const shrinks = bit(4, i)
    const [from, to] = [bit(0, i) && !shrinks ? undefined : begin[i], bit(1, i) && !shrinks ? undefined : end[i]]
    if (step === null || from === null || (to === null && !shrinks)) return null
    if (step === 0) return c.refuse('a stride is 0.')
    if (shrinks) {
      const at = from ?? 0
      plan.starts.push(at)
      plan.ends.push(at === -1 ? farthest : at + 1)
      plan.steps.push(1)
      plan.axes.push(axis)
      plan.gone.push(axis)
    } else {
      if (from !== undefined || to !== undefined || step !== 1) {
        plan.starts.push(from ?? (step > 0 ? 0 : farthest))
        plan.ends.push(to ?? (step > 0 ? farthest : -farthest))
        plan.steps.push(step)
        plan.axes.push(axis)
      }
      result++
    }
    axis++
  }
  return plan
}

function gather(c: Context): string {
  const { b } = c
  const axis = c.inputs.length > 2 ? c.number(2) : c.int('axis', 0)
  const batch = c.int('batch_dims', 0)
  if (batch === 0) return b.node('Gather', [c.plain(0), c.plain(1)], { axis: int(axis) })
  const rank = c.rank(0)
  if (c.axis(axis, rank) !== batch) return c.refuse(`batch_dims is ${batch} and the axis ${axis}; they must be equal.`)
  const index = b.node('Unsqueeze', [b.whole(c.in(1)), b.int64([-1])])
  return b.node('GatherND', [c.plain(0), index], { batch_dims: int(batch) })
}

function pads(c: Context): Held {
  const { b } = c
  const x = c.in(0)
  const numbers = b.numbers(c.in(1))
  const mirror = c.node.operator === 'MirrorPad' ? c.text('mode', 'REFLECT').toUpperCase() : null
  const value = c.node.operator === 'PadV2' ? [c.plain(2)] : []
  const count = numbers === null ? 0 : numbers.length / 2
  const first = isFirstOnly(x) && numbers !== null && mirror !== 'SYMMETRIC' && count >= 3
  const order = first ? toFirst(count) : Array.from({ length: count }, (_, axis) => axis)
  const list =
    numbers === null
      ? b.reshape(b.node('Transpose', [b.whole(c.in(1))], { perm: ints([1, 0]) }), [-1])
      : b.int64([0, 1].flatMap((end) => order.map((axis) => numbers[2 * axis + end])))
  if (mirror === 'SYMMETRIC') return plainly(b.own('SymmetricPad', [c.plain(0), list])[0])
  const mode = { mode: text(mirror === 'REFLECT' ? 'reflect' : 'constant') }
  const name = b.node('Pad', [first ? b.first(x, count) : c.plain(0), list, ...value], mode)
  return first ? firstly(name) : plainly(name)
}

/** Values at places of zeros; those of one place are added up. */
function scattered(c: Context, index: Held, updates: string, size: string, type: 'float32' | 'int32' | 'bool'): string {
  const { b } = c
  const base = b.node('Expand', [b.scalar(0, type), size])
  return b.node('ScatterND', [base, b.whole(index), updates], { reduction: text('add') })
}

function sparseToDense(c: Context): string {
  const { b } = c
  const rank = b.rankOf(c.in(0)) ?? 2
  const size = b.wholeList(c.in(1))
  const otherwise = c.inputs.length > 3 ? c.plain(3) : b.scalar(0)
  const index = rank === 2 ? b.whole(c.in(0)) : b.reshape(b.whole(c.in(0)), rank === 1 ? [-1, 1] : [1, 1])
  const base = b.node('Expand', [otherwise, size])
  // One value for all places, or one for each.
  const count = b.node('Gather', [b.node('Shape', [index]), b.int64([0])], { axis: int(0) })
  return b.node('ScatterND', [base, index, b.node('Expand', [c.plain(2), count])])
}

const typed = (c: Context, index: number): 'float32' | 'int32' | 'bool' => {
  const type = c.b.typeOf(c.in(index)) ?? 'float32'
  return type === 'bool' ? 'bool' : type.includes('float') ? 'float32' : 'int32'
}

function oneHot(c: Context): string {
  const { b } = c
  const axis = { axis: int(c.int('axis', -1)) }
  const table = (type: 'float32' | 'int64'): string =>
    b.node(
      'Concat',
      [3, 2].map((index) => b.reshape(b.cast(c.plain(index), type), [1])),
      { axis: int(0) },
    )
  const given = [b.whole(c.in(0)), b.whole(c.in(1))]
  if (b.isFloat(c.in(2))) return b.node('OneHot', [...given, table('float32')], axis)
  // ONNX Runtime knows whole numbers of 64 bits only.
  const type = typed(c, 2)
  return b.cast(b.node('OneHot', [...given, table('int64')], axis), type)
}

function linSpace(c: Context): string {
  const { b } = c
  const [start, stop] = [c.plain(0), c.plain(1)]
  const count = b.cast(c.plain(2), 'float32')
  const steps = b.node('Max', [b.node('Sub', [count, b.scalar(1)]), b.scalar(1)])
  const step = b.node('Div', [b.node('Sub', [stop, start]), steps])
  const places = b.node('Range', [b.scalar(0), count, b.scalar(1)])
  return b.node('Add', [b.node('Mul', [places, step]), start])
}

/** The part of each matrix at most so many places from its diagonal; all where the number is negative. */
function band(c: Context): string {
  const { b } = c
  const [lower, upper] = [c.number(1), c.number(2)]
  const below = lower < 0 ? c.plain(0) : b.node('Trilu', [c.plain(0), b.int64([-lower], [])], { upper: int(1) })
  return upper < 0 ? below : b.node('Trilu', [below, b.int64([upper], [])], { upper: int(0) })
}

const random =
  (operator: string): Rule =>
  (c) => {
    const { b } = c
    const base = b.node('Expand', [b.scalar(0), b.wholeList(c.in(0))])
    return b.node(operator, [base], { seed: float(c.int('seed', 0)) })
  }

export const shapeRules: Rules = {
  ...{ Shape: shape, Reshape: reshape, ExpandDims: expandDims, Squeeze: squeeze, Transpose: transpose },
  ShapeN: (c) => c.inputs.map((held) => c.b.cast(c.b.node('Shape', [c.b.plain(held)]), 'int32')),
  Rank: (c) => {
    const rank = c.b.rankOf(c.in(0))
    if (rank !== null) return c.b.scalar(rank, 'int32')
    return c.b.cast(c.b.node('Size', [c.b.node('Shape', [c.plain(0)])]), 'int32')
  },
  Size: (c) => c.b.cast(c.b.node('Size', [c.plain(0)]), 'int32'),
  ConcatV2: (c) => joined(c, c.inputs.slice(0, -1), c.number(c.inputs.length - 1)),
  Concat: (c) => joined(c, c.inputs.slice(1), c.number(0)),
  ...{ Pack: pack, Unpack: unpack, SplitV: splitV, Slice: slice, StridedSlice: stridedSlice },
  Split: (c) => splitAlong(c, c.in(1), c.number(0), c.int('num_split', 1), null),
  ...{ Gather: gather, GatherV2: gather, Pad: pads, PadV2: pads, MirrorPad: pads },
  GatherNd: (c) => c.b.node('GatherND', [c.plain(0), c.b.whole(c.in(1))]),
  ScatterNd: (c) => scattered(c, c.in(0), c.plain(1), c.b.wholeList(c.in(2)), typed(c, 1)),
  TensorScatterUpdate: (c) => c.b.node('ScatterND', [c.plain(0), c.b.whole(c.in(1)), c.plain(2)]),
  TensorScatterAdd: (c) =>
    c.b.node('ScatterND', [c.plain(0), c.b.whole(c.in(1)), c.plain(2)], { reduction: text('add') }),
  ...{ SparseToDense: sparseToDense, OneHot: oneHot, LinSpace: linSpace, MatrixBandPart: band },
  Tile: (c) => c.b.node('Tile', [c.plain(0), c.b.wholeList(c.in(1))]),
  Fill: (c) => c.b.node('Expand', [c.plain(1), c.b.wholeList(c.in(0))]),
  Zeros: (c) => c.b.node('Expand', [c.b.scalar(0, c.type('dtype')), c.b.wholeList(c.in(0))]),
  Ones: (c) => c.b.node('Expand', [c.b.scalar(1, c.type('dtype')), c.b.wholeList(c.in(0))]),
  BroadcastTo: (c) => c.b.node('Expand', [c.plain(0), c.b.wholeList(c.in(1))]),
  BroadcastArgs: (c) => c.b.own('BroadcastArgs', [c.plain(0), c.plain(1)])[0],
  Range: (c) => c.b.node('Range', [c.plain(0), c.plain(1), c.plain(2)]),
  ReverseV2: (c) => {
    const axes = c.numbers(1)
    const back = axes.map(() => -1)
    const [from, to] = [c.b.int64(back), c.b.int64(axes.map(() => -farthest))]
    return axes.length === 0 ? c.in(0) : c.b.node('Slice', [c.plain(0), from, to, c.b.int64(axes), c.b.int64(back)])
  },
  Reverse: (c) => {
    const axes = c.numbers(1).flatMap((reversed, axis) => (reversed !== 0 ? [axis] : []))
    const back = axes.map(() => -1)
    const [from, to] = [c.b.int64(back), c.b.int64(axes.map(() => -farthest))]
    return axes.length === 0 ? c.in(0) : c.b.node('Slice', [c.plain(0), from, to, c.b.int64(axes), c.b.int64(back)])
  },
  SpaceToBatchND: (c) => c.b.own('SpaceToBatchND', [c.plain(0), c.b.wholeList(c.in(1)), c.b.whole(c.in(2))])[0],
  BatchToSpaceND: (c) => c.b.own('BatchToSpaceND', [c.plain(0), c.b.wholeList(c.in(1)), c.b.whole(c.in(2))])[0],
  ReverseSequence: (c) =>
    c.b.node('ReverseSequence', [c.plain(0), c.b.whole(c.in(1))], {
      ...{ time_axis: int(c.int('seq_dim', 0)), batch_axis: int(c.int('batch_dim', 0)) },
    }),
  ...{ RandomUniform: random('RandomUniformLike'), RandomStandardNormal: random('RandomNormalLike') },
}

export { axisInFirst, isFirstOnly }
