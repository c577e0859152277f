// matmul, recurrence.

import { gatesOf } from '../../backends/backend.ts'
import { type Cell, isKernel, type KernelStep } from '../../compile/program.ts'
import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import { type Order, plainOrder } from '../value.ts'
import { type Attributes, int, text } from './draft.ts'
import { convert, type Form, isPlain } from './form.ts'
import { onlyReader, type Scene, type Translate, type Translations } from './scene.ts'
import { read } from './strided.ts'

/** A bias that the next step adds to `[rows, n]`, which Gemm adds as well. */
function biasAfter(
  scene: Scene,
  y: Cell,
  n: number,
): { readonly step: KernelStep<'binary'>; readonly bias: Cell } | null {
  const step = onlyReader(scene, y)
  if (!isKernel(step, 'binary') || step.spec.op !== 'add' || step.inputs[0] !== y) return null
  const { shape, strides } = step.spec
  const [, bias] = step.inputs
  const dense = stridesOf(shape)
  const last = shape.length - 1
  const fits =
    bias.length === n &&
    scene.cells.isConstant(bias) &&
    sizeOf(shape) === y.length &&
    shape[last] === n &&
    strides[1].every((stride, axis) => shape[axis] === 1 || stride === (axis === last ? 1 : 0)) &&
    strides[0].every((stride, axis) => shape[axis] === 1 || stride === dense[axis])
  return fits ? { step, bias } : null
}

/** The axes before the last, where the value has several that are longer than 1. */
function rowsOf({ cells }: Scene, a: Cell, count: number, k: number): readonly number[] {
  const forms = cells.formsOf(a).filter(({ shape }) => shape.length >= 2 && shape[shape.length - 1] === k)
  const form = forms.find(({ order }) => isPlain(order)) ?? forms[0]
  const rows = form?.shape.slice(0, -1) ?? []
  return rows.filter((size) => size !== 1).length < 2 ? [count] : rows
}

const translateMatmul: Translate<'matmul'> = (step, scene) => {
  const { draft, cells } = scene
  const { batch, m, n, k, transposeA, transposeB, strideA, strideB } = step.spec
  const [a, b] = step.inputs
  const [y] = step.outputs
  const swapped = (transpose: boolean): Order => (transpose ? [1, 0] : [0, 1])
  if (
    (batch === 1 || (strideB === 0 && strideA === m * k && !transposeA)) &&
    b.length === k * n &&
    a.length === batch * m * k
  ) {
    const right = cells.as(b, transposeB ? [n, k] : [k, n], swapped(transposeB), 'weight')
    const rows = transposeA ? [batch * m] : rowsOf(scene, a, batch * m, k)
    const shape = [...rows, n]
    if (rows.length === 1) {
      const left = transposeA ? cells.as(a, [k, m], [1, 0]) : cells.as(a, [rows[0], k])
      const next = biasAfter(scene, y, n)
      if (next !== null) {
        draft.path = step.path
        const bias = cells.as(next.bias, [n], [0], 'bias')
        const name = draft.node('Gemm', [left, right, bias], shape)
        scene.done.add(next.step)
        cells.put(next.step.outputs[0], { shape, order: [0, 1], name })
        return
      }
      cells.put(y, { shape, order: [0, 1], name: draft.node('MatMul', [left, right], shape) })
      return
    }
    const left = cells.as(a, [...rows, k])
    cells.put(y, { shape, order: plainOrder(shape.length), name: draft.node('MatMul', [left, right], shape) })
    return
  }
  const lead = leadingAxes(scene, a, b, step.spec)
  const side = (cell: Cell, rows: number, columns: number, transpose: boolean, stride: number): string => {
    const [tall, wide] = transpose ? [columns, rows] : [rows, columns]
    const order = (rank: number): Order =>
      transpose ? [...plainOrder(rank - 2), rank - 1, rank - 2] : plainOrder(rank)
    if (stride === 0 && cell.length === rows * columns) return cells.as(cell, [tall, wide], order(2), 'weight')
    if (stride === rows * columns && cell.length === batch * rows * columns) {
      return cells.as(cell, [...lead, tall, wide], order(lead.length + 2))
    }
    const reading = { shape: [batch, tall, wide], offset: 0, strides: [stride, wide, 1] }
    return convert(draft, read(draft, cells, cell, reading), [...lead, tall, wide], order(lead.length + 2)).name
  }
  const left = side(a, m, k, transposeA, strideA)
  const right = side(b, k, n, transposeB, strideB)
  const shape = [...lead, m, n]
  cells.put(y, { shape, order: plainOrder(shape.length), name: draft.node('MatMul', [left, right], shape) })
}

/** The axes that `batch` stands for, as one of the factors has them. */
function leadingAxes({ cells }: Scene, a: Cell, b: Cell, spec: KernelStep<'matmul'>['spec']): readonly number[] {
  const of = (cell: Cell, rows: number, columns: number): readonly number[] | undefined => {
    const form = cells
      .formsOf(cell)
      .find(
        ({ shape }) =>
          shape.length > 2 && sizeOf(shape.slice(-2)) === rows * columns && shape[shape.length - 1] === columns,
      )
    return form?.shape.slice(0, -2)
  }
  const left = spec.transposeA ? of(a, spec.k, spec.m) : of(a, spec.m, spec.k)
  const right = spec.transposeB ? of(b, spec.n, spec.k) : of(b, spec.k, spec.n)
  const found = [left, right].find((axes) => axes !== undefined && sizeOf(axes) === spec.batch)
  return found ?? [spec.batch]
}

/** In whose order ONNX has the gates: i, o, f, c and z, r, h. */
const gateOrder = { lstm: [0, 3, 1, 2], gru: [1, 0, 2] } as const

/** The product that a recurrence takes its shares from, where its matrix is known. */
function productBefore(scene: Scene, shares: Cell, columns: number): KernelStep<'matmul'> | null {
  const [writer] = scene.uses.writers.get(shares) ?? []
  if (!isKernel(writer, 'matmul') || onlyReader(scene, shares) === undefined) return null
  const { batch, n, k, transposeA, strideB } = writer.spec
  const [, weight] = writer.inputs
  const plain = n === columns && !transposeA && (batch === 1 || strideB === 0) && weight.length === k * n
  return plain && scene.cells.isConstant(weight) ? writer : null
}

const translateRecurrence: Translate<'recurrence'> = (step, scene) => {
  const { draft, cells } = scene
  const { kind, batch, steps, hidden, reverse } = step.spec
  const [shares, weight, bias, firstHidden, firstCell] = step.inputs
  const gates = gatesOf(kind)
  const order = gateOrder[kind]
  const columns = gates * hidden
  if (!cells.isConstant(weight) || !cells.isConstant(bias)) {
    throw draft.refusal('computes the weights of its recurrent layer; ONNX export needs constant weights.')
  }
  /** `[rows, gates · hidden]` as `[1, gates · hidden, rows]` in ONNX's order. */
  const turned = (values: (row: number, column: number) => number, rows: number): Float32Array => {
    const result = new Float32Array(columns * rows)
    order.forEach((gate, to) => {
      for (let unit = 0; unit < hidden; unit++)
        for (let row = 0; row < rows; row++)
          result[(to * hidden + unit) * rows + row] = values(row, gate * hidden + unit)
    })
    return result
  }
  const product = productBefore(scene, shares, columns)
  let [source, width] = [shares, columns]
  let values = (row: number, column: number): number => (row === column ? 1 : 0)
  if (product !== null) {
    const { k, n, transposeB } = product.spec
    const numbers = cells.numbersOf(product.inputs[1])
    source = product.inputs[0]
    width = k
    values = (row, column) => (transposeB ? numbers[column * k + row] : numbers[row * n + column])
  }
  const x = cells.as(source, [batch, steps, width], [1, 0, 2])
  const inward = draft.floats('weightInput', [1, columns, width], turned(values, width))
  const recurrent = cells.numbersOf(weight)
  const inside = draft.floats(
    'weightHidden',
    [1, columns, hidden],
    turned((row, column) => recurrent[row * columns + column], hidden),
  )
  const shift = cells.numbersOf(bias)
  const biases = new Float32Array(2 * columns)
  order.forEach((gate, to) => {
    for (let unit = 0; unit < hidden; unit++) biases[to * hidden + unit] = shift[gate * hidden + unit]
  })
  // The GRU's reset gate acts on a bias of its own.
  if (kind === 'gru') for (let unit = 0; unit < hidden; unit++) biases[5 * hidden + unit] = shift[3 * hidden + unit]
  const state = (cell: Cell): string => (cells.uniform(cell) === 0 ? '' : cells.as(cell, [1, batch, hidden]))
  const inputs = [x, inward, inside, draft.floats('bias', [1, 2 * columns], biases), '', state(firstHidden)]
  if (kind === 'lstm') inputs.push(state(firstCell))
  while (inputs[inputs.length - 1] === '') inputs.pop()
  const attributes: Attributes = {
    hidden_size: int(hidden),
    ...(reverse && { direction: text('reverse') }),
    ...(kind === 'gru' && { linear_before_reset: int(1) }),
  }
  const last = [1, batch, hidden]
  const read = (cell: Cell): boolean => scene.uses.readers.has(cell) || scene.uses.outputs.has(cell)
  const wanted = [[steps, 1, batch, hidden], last, last].map((dims, i) =>
    step.outputs[i] !== undefined && read(step.outputs[i]) ? dims : null,
  )
  if (wanted[0] === null && wanted[1] === null && wanted[2] === null) return
  const names = draft.emit(
    kind === 'lstm' ? 'LSTM' : 'GRU',
    inputs,
    wanted.slice(0, kind === 'lstm' ? 3 : 2),
    attributes,
  )
  const forms: readonly Omit<Form, 'name'>[] = [
    { shape: [1, batch, steps, hidden], order: [2, 0, 1, 3] },
    { shape: last, order: [0, 1, 2] },
    { shape: last, order: [0, 1, 2] },
  ]
  step.outputs.forEach((cell, i) => {
    if (wanted[i] !== null && names[i] !== undefined) cells.put(cell, { ...forms[i], name: names[i] })
  })
}

export const products: Translations = { matmul: translateMatmul, recurrence: translateRecurrence }
