// Elementwise functions of ten thousand and of a million numbers.

import type { Tensor } from 'convoke'
import * as convoke from 'convoke'
import type { Filling, OnnxOp, OpCase } from './op-case.ts'

const sizes = [
  ['10⁴', [100, 100]],
  ['10⁶', [1000, 1000]],
] as const

type Unary = (x: Tensor) => Tensor

interface Described {
  readonly onnx?: string | OnnxOp
  readonly torch?: string
  readonly filling?: Filling
  readonly backward?: boolean
}

const onnxOf = (given: string | OnnxOp | undefined): OnnxOp | undefined =>
  typeof given === 'string' ? { operator: given } : given

function unary(
  op: string,
  run: Unary,
  { onnx, torch = `torch.${op}(x0)`, filling, backward }: Described = {},
): OpCase[] {
  return sizes.map(([size, shape]) => ({
    ...{ op, size, torch, inputs: [{ shape, ...(filling && { filling }) }], run: ([x]) => run(x) },
    ...(onnx !== undefined && { onnx: onnxOf(onnx) as OnnxOp }),
    ...(backward !== undefined && { backward }),
  }))
}

function binary(
  op: string,
  run: (a: Tensor, b: Tensor) => Tensor,
  { onnx, torch, filling, backward }: Described,
): OpCase[] {
  return sizes.map(([size, shape]) => ({
    ...{ op, size, run: ([a, b]) => run(a, b), torch: torch ?? `torch.${op}(x0, x1)` },
    inputs: [
      { shape, ...(filling && { filling }) },
      { shape, filling: filling ?? 'positive' },
    ],
    ...(onnx !== undefined && { onnx: onnxOf(onnx) as OnnxOp }),
    ...(backward !== undefined && { backward }),
  }))
}

const steps = { backward: false } as const
const question: OnnxOp['outputs'] = ['bool']

export const elementwise: readonly OpCase[] = [
  unary('negate', convoke.negate, { onnx: 'Neg', torch: 'torch.neg(x0)' }),
  unary('abs', convoke.abs, { onnx: 'Abs' }),
  unary('square', convoke.square, {}),
  unary('sqrt', convoke.sqrt, { onnx: 'Sqrt', filling: 'positive' }),
  unary('rsqrt', convoke.rsqrt, { filling: 'positive' }),
  unary('reciprocal', convoke.reciprocal, { onnx: 'Reciprocal', filling: 'positive' }),
  unary('exp', convoke.exp, { onnx: 'Exp' }),
  unary('expm1', convoke.expm1, {}),
  unary('log', convoke.log, { onnx: 'Log', filling: 'positive' }),
  unary('log1p', convoke.log1p, { filling: 'positive' }),
  unary('sin', convoke.sin, { onnx: 'Sin' }),
  unary('cos', convoke.cos, { onnx: 'Cos' }),
  unary('tan', convoke.tan, { onnx: 'Tan' }),
  unary('asin', (x) => convoke.asin(x), { onnx: 'Asin', filling: 'positive' }),
  unary('atan', convoke.atan, { onnx: 'Atan' }),
  unary('sinh', convoke.sinh, { onnx: 'Sinh' }),
  unary('cosh', convoke.cosh, { onnx: 'Cosh' }),
  unary('tanh', convoke.tanh, { onnx: 'Tanh' }),
  unary('asinh', convoke.asinh, { onnx: 'Asinh' }),
  unary('erf', convoke.erf, { onnx: 'Erf' }),
  unary('floor', convoke.floor, { onnx: 'Floor', ...steps }),
  unary('round', convoke.round, { onnx: 'Round', ...steps }),
  unary('sign', convoke.sign, { onnx: 'Sign', ...steps }),
  unary('isNaN', convoke.isNaN, { onnx: { operator: 'IsNaN', outputs: question }, torch: 'torch.isnan(x0)', ...steps }),
  unary('relu', convoke.relu, { onnx: 'Relu' }),
  unary('leakyRelu', (x) => convoke.leakyRelu(x), { onnx: 'LeakyRelu', torch: 'F.leaky_relu(x0)' }),
  unary('elu', (x) => convoke.elu(x), { onnx: 'Elu', torch: 'F.elu(x0)' }),
  unary('selu', convoke.selu, { onnx: 'Selu', torch: 'F.selu(x0)' }),
  unary('gelu', (x) => convoke.gelu(x), { torch: 'F.gelu(x0)' }),
  unary('gelu tanh', (x) => convoke.gelu(x, { approximate: 'tanh' }), { torch: 'F.gelu(x0, approximate="tanh")' }),
  unary('silu', convoke.silu, { torch: 'F.silu(x0)' }),
  unary('mish', convoke.mish, { torch: 'F.mish(x0)' }),
  unary('softplus', convoke.softplus, { onnx: 'Softplus', torch: 'F.softplus(x0)' }),
  unary('softsign', convoke.softsign, { onnx: 'Softsign', torch: 'F.softsign(x0)' }),
  unary('sigmoid', convoke.sigmoid, { onnx: 'Sigmoid' }),
  unary('hardSwish', convoke.hardSwish, { onnx: 'HardSwish', torch: 'F.hardswish(x0)' }),
  unary('hardSigmoid', (x) => convoke.hardSigmoid(x), { onnx: 'HardSigmoid', torch: 'F.hardsigmoid(x0)' }),
  unary('relu6', convoke.relu6, { torch: 'F.relu6(x0)' }),
  binary('add', convoke.add, { onnx: 'Add' }),
  binary('subtract', convoke.subtract, { onnx: 'Sub' }),
  binary('multiply', convoke.multiply, { onnx: 'Mul' }),
  binary('divide', convoke.divide, { onnx: 'Div' }),
  binary('floorDivide', convoke.floorDivide, { torch: 'torch.floor_divide(x0, x1)', ...steps }),
  binary('remainder', convoke.remainder, steps),
  binary('power', convoke.power, { onnx: 'Pow', torch: 'torch.pow(x0, x1)', filling: 'positive' }),
  binary('maximum', convoke.maximum, { onnx: 'Max' }),
  binary('atan2', convoke.atan2, {}),
  binary('greater', convoke.greater, {
    onnx: { operator: 'Greater', outputs: question },
    torch: 'torch.gt(x0, x1)',
    ...steps,
  }),
  sizes.map(
    ([size, shape]): OpCase => ({
      ...{ op: 'add of a row', size, run: ([a, b]) => convoke.add(a, b), torch: 'x0 + x1' },
      ...{ inputs: [{ shape }, { shape: [shape[1]] }], onnx: { operator: 'Add' } },
    }),
  ),
  sizes.map(
    ([size, shape]): OpCase => ({
      ...{
        op: 'where',
        size,
        run: ([a, b]) => convoke.where(convoke.greater(a, 0), a, b),
        torch: 'torch.where(x0 > 0, x0, x1)',
      },
      inputs: [{ shape }, { shape }],
    }),
  ),
  sizes.map(
    ([size, shape]): OpCase => ({
      ...{
        op: 'cast to int32',
        size,
        run: ([a]) => convoke.cast(a, 'int32'),
        torch: 'x0.to(torch.int32)',
        backward: false,
      },
      inputs: [{ shape }],
    }),
  ),
].flat()
