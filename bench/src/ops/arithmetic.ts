// Functions of two numbers and of three, of ten thousand and of a million of them.

import type { Tensor } from 'convoke'
import * as convoke from 'convoke'
import { atSizes, type Filling, type OnnxOp, type OpCase, one, squares, two } from './op-case.ts'

interface Described {
  readonly onnx?: string | OnnxOp
  readonly torch?: string
  readonly fillings?: readonly [Filling, Filling]
  readonly backward?: boolean
}

function binary(
  op: string,
  run: (a: Tensor, b: Tensor) => Tensor,
  { onnx, torch = `torch.${op}(x0, x1)`, fillings = ['normal', 'positive'], backward = true }: Described,
): OpCase[] {
  const inputs = (shape: readonly number[]) => fillings.map((filling) => ({ shape, filling }))
  const operator = typeof onnx === 'string' ? { operator: onnx } : onnx
  return atSizes(
    [
      ['10⁴', ...inputs([100, 100])],
      ['10⁶', ...inputs([1000, 1000])],
    ],
    { ...{ op, torch, backward, run: two(run) }, ...(operator && { onnx: operator }) },
  )
}

const steps = { backward: false } as const
const test = (operator: string): OnnxOp => ({ operator, outputs: ['bool'] })
const comparison = (
  op: string,
  run: (a: Tensor, b: Tensor) => Tensor,
  torch: string,
  onnx?: string,
  filling: Filling = 'normal',
): OpCase[] =>
  binary(op, run, {
    ...{ torch: `torch.${torch}(x0, x1)`, fillings: [filling, filling], ...steps },
    ...(onnx && { onnx: test(onnx) }),
  })

const rows = [
  ['10⁴', [100, 100], [100]],
  ['10⁶', [1000, 1000], [1000]],
] as const

const columns = [
  ['10⁴', [100, 100], [100, 1]],
  ['10⁶', [1000, 1000], [1000, 1]],
] as const

export const arithmetic: readonly OpCase[] = [
  binary('add', convoke.add, { onnx: 'Add' }),
  binary('subtract', convoke.subtract, { onnx: 'Sub' }),
  binary('multiply', convoke.multiply, { onnx: 'Mul' }),
  binary('divide', convoke.divide, { onnx: 'Div' }),
  binary('floorDivide', convoke.floorDivide, { torch: 'torch.floor_divide(x0, x1)', ...steps }),
  binary('remainder', convoke.remainder, {}),
  binary('power', convoke.power, {
    ...{ onnx: 'Pow', torch: 'torch.pow(x0, x1)', fillings: ['positive', 'positive'] },
  }),
  binary('maximum', convoke.maximum, { onnx: 'Max' }),
  binary('minimum', convoke.minimum, { onnx: 'Min' }),
  binary('atan2', convoke.atan2, {}),
  comparison('equal', convoke.equal, 'eq', 'Equal', 'bits'),
  comparison('notEqual', convoke.notEqual, 'ne', undefined, 'bits'),
  comparison('greater', convoke.greater, 'gt', 'Greater'),
  comparison('greaterEqual', convoke.greaterEqual, 'ge', 'GreaterOrEqual'),
  comparison('less', convoke.less, 'lt', 'Less'),
  comparison('lessEqual', convoke.lessEqual, 'le', 'LessOrEqual'),
  comparison('logicalAnd', convoke.logicalAnd, 'logical_and', undefined, 'bits'),
  comparison('logicalOr', convoke.logicalOr, 'logical_or', undefined, 'bits'),
  comparison('logicalXor', convoke.logicalXor, 'logical_xor', undefined, 'bits'),
  atSizes(rows, { op: 'add of a row', run: two(convoke.add), torch: 'x0 + x1', onnx: { operator: 'Add' } }),
  atSizes(columns, {
    op: 'multiply by a column',
    run: two(convoke.multiply),
    torch: 'x0 * x1',
    onnx: { operator: 'Mul' },
  }),
  atSizes(squares, { op: 'multiply by a number', run: one((x) => convoke.multiply(x, 3)), torch: 'x0 * 3' }),
  atSizes(
    [
      ['10⁴', [100, 100], [100, 100]],
      ['10⁶', [1000, 1000], [1000, 1000]],
    ],
    {
      op: 'where',
      run: ([a, b]) => convoke.where(convoke.greater(a, 0), a, b),
      torch: 'torch.where(x0 > 0, x0, x1)',
    },
  ),
  atSizes(squares, {
    ...{ op: 'cast to int32', run: one((x) => convoke.cast(x, 'int32')), torch: 'x0.to(torch.int32)', ...steps },
  }),
  atSizes(
    [
      ['10⁴', { shape: [100, 100], filling: { below: 1000 } }],
      ['10⁶', { shape: [1000, 1000], filling: { below: 1000 } }],
    ],
    { op: 'cast to float32', run: one((x) => convoke.cast(x, 'float32')), torch: 'x0.to(torch.float32)', ...steps },
  ),
].flat()
