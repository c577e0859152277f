// Functions of each number, of ten thousand and of a million of them.

import type { Tensor } from 'convoke'
import * as convoke from 'convoke'
import { atSizes, type Filling, type OnnxOp, type OpCase, one } from './op-case.ts'

interface Described {
  readonly onnx?: string | OnnxOp
  readonly torch?: string
  readonly filling?: Filling
  readonly backward?: boolean
}

function unary(
  op: string,
  run: (x: Tensor) => Tensor,
  { onnx, torch = `torch.${op}(x0)`, filling = 'normal', backward = true }: Described = {},
): OpCase[] {
  const sizes = [
    ['10⁴', { shape: [100, 100], filling }],
    ['10⁶', { shape: [1000, 1000], filling }],
  ] as const
  const operator = typeof onnx === 'string' ? { operator: onnx } : onnx
  return atSizes(sizes, { ...{ op, torch, backward, run: one(run) }, ...(operator && { onnx: operator }) })
}

const positive = { filling: 'positive' } as const
const steps = { backward: false } as const
const test = (operator: string): OnnxOp => ({ operator, outputs: ['bool'] })

const functions: OpCase[][] = [
  unary('negate', convoke.negate, { onnx: 'Neg', torch: 'torch.neg(x0)' }),
  unary('abs', convoke.abs, { onnx: 'Abs' }),
  unary('square', convoke.square),
  unary('sqrt', convoke.sqrt, { onnx: 'Sqrt', ...positive }),
  unary('rsqrt', convoke.rsqrt, positive),
  unary('reciprocal', convoke.reciprocal, { onnx: 'Reciprocal', ...positive }),
  unary('exp', convoke.exp, { onnx: 'Exp' }),
  unary('expm1', convoke.expm1),
  unary('log', convoke.log, { onnx: 'Log', ...positive }),
  unary('log1p', convoke.log1p, positive),
  unary('sin', convoke.sin, { onnx: 'Sin' }),
  unary('cos', convoke.cos, { onnx: 'Cos' }),
  unary('tan', convoke.tan, { onnx: 'Tan' }),
  unary('asin', convoke.asin, { onnx: 'Asin', ...positive }),
  unary('acos', convoke.acos, { onnx: 'Acos', ...positive }),
  unary('atan', convoke.atan, { onnx: 'Atan' }),
  unary('sinh', convoke.sinh, { onnx: 'Sinh' }),
  unary('cosh', convoke.cosh, { onnx: 'Cosh' }),
  unary('tanh', convoke.tanh, { onnx: 'Tanh' }),
  unary('asinh', convoke.asinh, { onnx: 'Asinh' }),
  unary('acosh', convoke.acosh, { onnx: 'Acosh', filling: { from: 1.1, to: 9 } }),
  unary('atanh', convoke.atanh, { onnx: 'Atanh', ...positive }),
  unary('erf', convoke.erf, { onnx: 'Erf' }),
  unary('floor', convoke.floor, { onnx: 'Floor', ...steps }),
  unary('ceil', convoke.ceil, { onnx: 'Ceil', ...steps }),
  unary('round', convoke.round, { onnx: 'Round', ...steps }),
  unary('trunc', convoke.trunc, steps),
  unary('sign', convoke.sign, { onnx: 'Sign', ...steps }),
  unary('isNaN', convoke.isNaN, { onnx: test('IsNaN'), torch: 'torch.isnan(x0)', ...steps }),
  unary('isFinite', convoke.isFinite, { torch: 'torch.isfinite(x0)', ...steps }),
  unary('logicalNot', convoke.logicalNot, { torch: 'torch.logical_not(x0)', filling: 'bits', ...steps }),
]

const activations: OpCase[][] = [
  unary('relu', convoke.relu, { onnx: 'Relu' }),
  unary('relu6', convoke.relu6, { torch: 'F.relu6(x0)' }),
  unary('leakyRelu', (x) => convoke.leakyRelu(x), { onnx: 'LeakyRelu', torch: 'F.leaky_relu(x0)' }),
  unary('elu', (x) => convoke.elu(x), { onnx: 'Elu', torch: 'F.elu(x0)' }),
  unary('selu', convoke.selu, { onnx: 'Selu', torch: 'F.selu(x0)' }),
  unary('gelu', (x) => convoke.gelu(x), { onnx: 'Gelu', torch: 'F.gelu(x0)' }),
  unary('gelu tanh', (x) => convoke.gelu(x, { approximate: 'tanh' }), {
    onnx: { operator: 'Gelu', attributes: { approximate: 'tanh' } },
    torch: 'F.gelu(x0, approximate="tanh")',
  }),
  unary('silu', convoke.silu, { torch: 'F.silu(x0)' }),
  unary('mish', convoke.mish, { onnx: 'Mish', torch: 'F.mish(x0)' }),
  unary('softplus', convoke.softplus, { onnx: 'Softplus', torch: 'F.softplus(x0)' }),
  unary('softsign', convoke.softsign, { onnx: 'Softsign', torch: 'F.softsign(x0)' }),
  unary('sigmoid', convoke.sigmoid, { onnx: 'Sigmoid' }),
  unary('hardSwish', convoke.hardSwish, { onnx: 'HardSwish', torch: 'F.hardswish(x0)' }),
  // ONNX's has another slope than PyTorch's unless told.
  unary('hardSigmoid', (x) => convoke.hardSigmoid(x, { alpha: 1 / 6 }), {
    onnx: { operator: 'HardSigmoid', attributes: { alpha: { float: 1 / 6 } } },
    torch: 'F.hardsigmoid(x0)',
  }),
  unary('clip', (x) => convoke.clip(x, -0.5, 0.5), {
    onnx: { operator: 'Clip', constants: [{ scalar: -0.5 }, { scalar: 0.5 }] },
    torch: 'torch.clamp(x0, -0.5, 0.5)',
  }),
  atSizes(
    [
      ['10⁴', [100, 100], { shape: [100], filling: 'positive' }],
      ['10⁶', [1000, 1000], { shape: [1000], filling: 'positive' }],
    ],
    {
      ...{ op: 'prelu', run: ([x, slope]) => convoke.prelu(x, slope) },
      ...{ onnx: { operator: 'PRelu' }, torch: 'F.prelu(x0, x1)' },
    },
  ),
]

export const elementwise: readonly OpCase[] = [...functions, ...activations].flat()
