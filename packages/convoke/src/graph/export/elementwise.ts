// unary, binary, expression, select, cast; reductions of all of these.

import type { DType } from '../../backends/backend.ts'
import { type ExpressionOperand, expressionSteps } from '../../backends/expression.ts'
import type { Cell } from '../../compile/program.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { plainOrder } from '../value.ts'
import { align, type Common } from './align.ts'
import { type Draft, int, ints } from './draft.ts'
import { dimsOf, type Form, firstOrder, isPlain, refinement, sameList } from './form.ts'
import { activation, binary, Pointwise, step as stepOf, truth, unary } from './functions.ts'
import type { Scene, Translate, Translations } from './scene.ts'

/** bool and uint8 are computed with in int32: few operators take them. */
const numeric = (p: Pointwise, name: string, type: DType): { readonly name: string; readonly type: DType } =>
  type === 'bool' || type === 'uint8' ? { name: p.cast(name, 'int32'), type: 'int32' } : { name, type }

/** A result of `type` as a value of another. */
const stored = (p: Pointwise, name: string, type: DType, cell: Cell): string =>
  type === cell.dtype ? name : p.cast(name, cell.dtype)

const tests: readonly string[] = [
  ...['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual', 'logicalAnd', 'logicalOr', 'logicalXor'],
  ...['logicalNot', 'isNaN', 'isFinite'],
]

const translateUnary: Translate<'unary'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const form = cells.formOf(x)
  const p = new Pointwise(draft, draft.dimsOf(form.name))
  const { op, activation: kind } = spec
  if (kind !== null && kind.kind === op) {
    cells.put(y, { ...form, name: activation(p, form.name, kind) })
    return
  }
  const plain = op === 'logicalNot' ? { name: form.name, type: x.dtype } : numeric(p, form.name, x.dtype)
  const name = unary(p, plain.name, op, plain.type)
  cells.put(y, { ...form, name: stored(p, name, tests.includes(op) ? 'bool' : plain.type, y) })
}

const translateBinary: Translate<'binary'> = ({ spec, inputs, outputs: [y] }, { draft, cells }) => {
  const common = align(draft, cells, inputs, spec.shape, spec.strides)
  const p = new Pointwise(draft, common.dims)
  const bare =
    spec.op.startsWith('logical') || (spec.op.endsWith('qual') && inputs.every(({ dtype }) => dtype === 'bool'))
  const sides = inputs.map(({ dtype }, i) =>
    bare && (spec.op.startsWith('logical') || spec.op === 'equal' || spec.op === 'notEqual')
      ? { name: common.names[i], type: dtype }
      : numeric(p, common.names[i], dtype),
  )
  const type = sides.some((side) => side.type === 'float32') ? 'float32' : sides[0].type
  const names = sides.map((side) =>
    side.type === type || spec.op.startsWith('logical') ? side.name : p.cast(side.name, type),
  )
  const name = spec.op.startsWith('logical')
    ? binary(p, truth(p, names[0], sides[0].type), truth(p, names[1], sides[1].type), spec.op, 'bool')
    : binary(p, names[0], names[1], spec.op, type)
  cells.put(y, layout(common, stored(p, name, tests.includes(spec.op) ? 'bool' : type, y)))
}

const layout = ({ shape, order }: Common, name: string): Form => ({ name, shape, order })

const translateSelect: Translate<'select'> = ({ spec, inputs, outputs: [y] }, { draft, cells }) => {
  const common = align(draft, cells, inputs, spec.shape, spec.strides)
  const p = new Pointwise(draft, common.dims)
  const [test, a, b] = common.names
  cells.put(y, layout(common, p.where(truth(p, test, inputs[0].dtype), a, b)))
}

/** The expression over values that are aligned already. */
function written(p: Pointwise, source: string, constants: readonly number[], names: readonly string[]): string {
  const results: string[] = []
  const operand = (one: ExpressionOperand): string =>
    one.kind === 'number'
      ? p.number(one.value)
      : one.kind === 'constant'
        ? p.number(constants[one.index])
        : one.kind === 'input'
          ? names[one.index]
          : results[one.index]
  for (const { op, operands } of expressionSteps(source)) results.push(stepOf(p, op, operands.map(operand)))
  return results.at(-1) ?? names[0]
}

const translateExpression: Translate<'expression'> = ({ spec, inputs, outputs: [y] }, { draft, cells }) => {
  const common = align(draft, cells, inputs, spec.shape, spec.strides)
  const p = new Pointwise(draft, common.dims)
  cells.put(y, layout(common, written(p, spec.text, spec.constants, common.names)))
}

/** Whole numbers stop at the ends of uint8. */
const translateCast: Translate<'cast'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const form = cells.formOf(x)
  const p = new Pointwise(draft, draft.dimsOf(form.name))
  const within = (name: string, type: DType): string =>
    p.node('Min', [p.node('Max', [name, p.number(0, type)]), p.number(255, type)])
  const source =
    spec.to === 'uint8' && (x.dtype === 'float32' || x.dtype === 'int32') ? within(form.name, x.dtype) : form.name
  cells.put(y, { ...form, name: x.dtype === spec.to ? source : p.cast(source, spec.to) })
}

type Reduction = 'sum' | 'product' | 'max' | 'min' | 'mean'

const reductions: Readonly<Record<Reduction, string>> = {
  ...{ sum: 'ReduceSum', product: 'ReduceProd', max: 'ReduceMax', min: 'ReduceMin', mean: 'ReduceMean' },
}

/** A value reduced over axes of it, which go. */
export function reduced(draft: Draft, op: Reduction, name: string, axes: readonly number[], keep = false): string {
  const dims = draft.dimsOf(name)
  const left = dims.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]))
  const kept = { keepdims: int(keep ? 1 : 0) }
  if (op === 'sum' || draft.opset >= 18) {
    return draft.node(reductions[op], [name, draft.lengths(axes, 'axes')], left, kept)
  }
  return draft.node(reductions[op], [name], left, { axes: ints(axes), ...kept })
}

/** Reduces a value in its layout over axes of `shape`; pictures over all their pixels by the operators that pools have. */
function reduceInto(
  { draft, cells }: Scene,
  op: Reduction,
  value: Form,
  shape: readonly number[],
  axes: readonly number[],
  y: Cell,
): void {
  const fine = sameList(value.shape, shape) ? null : refinement(value.shape, shape)
  let form = value
  let gone = axes
  if (!sameList(value.shape, shape)) {
    const same = fine !== null && value.shape.every((size, axis) => size === 1 || fine.mine[axis].length === 1)
    if (fine === null) throw draft.refusal('reduces a tensor over axes that it does not have in ONNX.')
    if (same) {
      const parts = axes.flatMap((axis) => fine.others[axis])
      gone = value.shape.flatMap((_, axis) => (fine.mine[axis].some((part) => parts.includes(part)) ? [axis] : []))
    } else {
      const order = isPlain(value.order) ? plainOrder(shape.length) : value.order.flatMap((axis) => fine.mine[axis])
      const target = isPlain(value.order) ? shape : fine.parts
      gone = isPlain(value.order) ? axes : axes.flatMap((axis) => fine.others[axis])
      const temporary: Cell = { dtype: y.dtype, length: sizeOf(shape) }
      cells.put(temporary, value)
      form = { name: cells.as(temporary, target, order), shape: target, order }
    }
  }
  const rank = form.shape.length
  if (gone.length === 0) {
    cells.put(y, form)
    return
  }
  const spatial = rank >= 3 && sameList(form.order, firstOrder(rank)) && gone.length === rank - 2
  if (
    spatial &&
    (op === 'mean' || op === 'max') &&
    gone.every((axis) => axis > 0 && axis < rank - 1) &&
    y.dtype === 'float32'
  ) {
    const kept = form.shape.map((size, axis) => (gone.includes(axis) ? 1 : size))
    const operator = op === 'mean' ? 'GlobalAveragePool' : 'GlobalMaxPool'
    const name = draft.node(operator, [form.name], dimsOf(kept, form.order))
    cells.put(y, { name, shape: kept, order: form.order })
    return
  }
  const at = form.order.flatMap((axis, i) => (gone.includes(axis) ? [i] : []))
  const name = reduced(draft, op, form.name, at)
  const left = form.shape.flatMap((_, axis) => (gone.includes(axis) ? [] : [axis]))
  const order = form.order.flatMap((axis) => (gone.includes(axis) ? [] : [left.indexOf(axis)]))
  cells.put(y, { name, shape: left.map((axis) => form.shape[axis]), order })
}

const translateReduce: Translate<'reduce'> = ({ spec, inputs: [x], outputs: [y] }, scene) => {
  const { draft, cells } = scene
  const { op, shape, axes } = spec
  const form = cells.formOf(x)
  if (x.dtype === 'float32' || x.dtype === 'int32') return reduceInto(scene, op, form, shape, axes, y)
  // Whole numbers of a byte, and truth values, are reduced as int32.
  const wide: Cell = { dtype: 'int32', length: x.length }
  const result: Cell = { dtype: 'int32', length: y.length }
  cells.put(wide, { ...form, name: draft.cast(form.name, 'int32') })
  reduceInto(scene, op, cells.formOf(wide), shape, axes, result)
  const made = cells.formOf(result)
  cells.put(y, { ...made, name: draft.cast(made.name, y.dtype) })
}

const translateReduceExpression: Translate<'reduceExpression'> = ({ spec, inputs, outputs: [y] }, scene) => {
  const { draft, cells } = scene
  const { op, shape, axes, scale, root } = spec
  const common = align(draft, cells, inputs, shape, spec.strides)
  const p = new Pointwise(draft, common.dims)
  let name = written(p, spec.text, spec.constants, common.names)
  if (!sameList(draft.dimsOf(name), common.dims)) {
    name = draft.node('Expand', [name, draft.lengths(common.dims, 'shape')], common.dims)
  }
  const count = axes.reduce((product, axis) => product * shape[axis], 1)
  const mean = op === 'sum' && !root && axes.length > 0 && Math.abs(scale * count - 1) < 1e-9
  const total: Cell = { dtype: 'float32', length: y.length }
  reduceInto(scene, mean ? 'mean' : op, layout(common, name), shape, axes, total)
  const form = cells.formOf(total)
  const after = new Pointwise(draft, draft.dimsOf(form.name))
  const result = root
    ? after.node('Sqrt', [form.name])
    : mean || scale === 1
      ? form.name
      : after.multiply(form.name, after.number(scale))
  cells.put(y, { ...form, name: result })
}

export const elementwise: Translations = {
  unary: translateUnary,
  binary: translateBinary,
  select: translateSelect,
  expression: translateExpression,
  cast: translateCast,
  reduce: translateReduce,
  reduceExpression: translateReduceExpression,
}
