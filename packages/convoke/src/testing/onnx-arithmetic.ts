// ONNX's elementwise operators, reductions and matrix products in terms of this library's ops.

import * as ops from '../ops/index.ts'
import type { Tensor } from '../tensor/index.ts'
import type { OnnxCall, OnnxOperator } from './onnx-operators.ts'

const number = ({ attributes }: OnnxCall, name: string, otherwise: number): number =>
  (attributes[name] as number | undefined) ?? otherwise

const unary =
  (op: (x: Tensor) => Tensor): OnnxOperator =>
  ({ x }) =>
    op(x[0])
const binary =
  (op: (a: Tensor, b: Tensor) => Tensor): OnnxOperator =>
  ({ x }) =>
    op(x[0], x[1])
/** Any number of operands. */
const folded =
  (op: (a: Tensor, b: Tensor) => Tensor): OnnxOperator =>
  ({ x }) =>
    x.reduce(op)

const functions: Record<string, OnnxOperator> = {
  ...{ Abs: unary(ops.abs), Acos: unary(ops.acos), Acosh: unary(ops.acosh), Asin: unary(ops.asin) },
  ...{ Asinh: unary(ops.asinh), Atan: unary(ops.atan), Atanh: unary(ops.atanh), Ceil: unary(ops.ceil) },
  ...{ Cos: unary(ops.cos), Cosh: unary(ops.cosh), Erf: unary(ops.erf), Exp: unary(ops.exp), Floor: unary(ops.floor) },
  ...{ Log: unary(ops.log), Neg: unary(ops.negate), Reciprocal: unary(ops.reciprocal), Round: unary(ops.round) },
  ...{ Sigmoid: unary(ops.sigmoid), Sign: unary(ops.sign), Sin: unary(ops.sin), Sinh: unary(ops.sinh) },
  ...{ Softplus: unary(ops.softplus), Softsign: unary(ops.softsign), Sqrt: unary(ops.sqrt), Tan: unary(ops.tan) },
  ...{ Tanh: unary(ops.tanh), Not: unary(ops.logicalNot), Relu: unary(ops.relu), Mish: unary(ops.mish) },
  ...{ HardSwish: unary(ops.hardSwish), IsNaN: unary(ops.isNaN) },
  Elu: (call) => ops.elu(call.x[0], { alpha: number(call, 'alpha', 1) }),
  Celu: (call) => {
    const alpha = number(call, 'alpha', 1)
    return ops.multiply(ops.elu(ops.divide(call.x[0], alpha)), alpha)
  },
  Selu: (call) =>
    call.attributes.alpha === undefined
      ? ops.selu(call.x[0])
      : ops.multiply(ops.elu(call.x[0], { alpha: number(call, 'alpha', 1) }), number(call, 'gamma', 1)),
  LeakyRelu: (call) => ops.leakyRelu(call.x[0], { alpha: number(call, 'alpha', 0.01) }),
  ThresholdedRelu: (call) => ops.where(ops.greater(call.x[0], number(call, 'alpha', 1)), call.x[0], 0),
  HardSigmoid: (call) =>
    ops.hardSigmoid(call.x[0], { alpha: number(call, 'alpha', 0.2), beta: number(call, 'beta', 0.5) }),
  Gelu: (call) => ops.gelu(call.x[0], { approximate: call.attributes.approximate === 'tanh' ? 'tanh' : 'none' }),
  Swish: (call) => ops.multiply(call.x[0], ops.sigmoid(ops.multiply(call.x[0], number(call, 'alpha', 1)))),
  PRelu: binary(ops.prelu),
  Clip: ({ x, raw }) =>
    ops.cast(
      ops.clip(x[0], raw[1]?.values[0] ?? Number.NEGATIVE_INFINITY, raw[2]?.values[0] ?? Number.POSITIVE_INFINITY),
      x[0].dtype,
    ),
}

const pairwise: Record<string, OnnxOperator> = {
  ...{ Add: binary(ops.add), Sub: binary(ops.subtract), Mul: binary(ops.multiply) },
  // ONNX divides whole numbers towards zero.
  Div: binary((a, b) => ops.cast(ops.divide(a, b), a.dtype)),
  Pow: binary((a, b) => ops.cast(ops.power(a, b), a.dtype)),
  ...{ Max: folded(ops.maximum), Min: folded(ops.minimum), Sum: folded(ops.add) },
  Mean: ({ x }) => ops.divide(x.reduce(ops.add), x.length),
  ...{ Equal: binary(ops.equal), Greater: binary(ops.greater), GreaterOrEqual: binary(ops.greaterEqual) },
  ...{ Less: binary(ops.less), LessOrEqual: binary(ops.lessEqual) },
}

const reduction =
  (op: (x: Tensor, options: ops.ReduceOptions) => Tensor): OnnxOperator =>
  (call) => {
    const given = call.raw[1]?.values ?? (call.attributes.axes as readonly number[] | undefined) ?? []
    const axes = given.length > 0 || number(call, 'noop_with_empty_axes', 0) !== 0 ? given : undefined
    return op(call.x[0], { axes, keepDims: number(call, 'keepdims', 1) !== 0 })
  }
const extremeIndex =
  (op: typeof ops.argMax): OnnxOperator =>
  (call) =>
    op(call.x[0], { axis: number(call, 'axis', 0), keepDims: number(call, 'keepdims', 1) !== 0 })

const reductions: Record<string, OnnxOperator> = {
  ...{ ReduceSum: reduction(ops.sum), ReduceMean: reduction(ops.mean), ReduceProd: reduction(ops.product) },
  ...{ ReduceMax: reduction(ops.max), ReduceMin: reduction(ops.min), ReduceLogSumExp: reduction(ops.logSumExp) },
  ...{ ReduceL1: reduction((x, o) => ops.norm(x, { ...o, p: 1 })), ReduceL2: reduction(ops.norm) },
  ReduceLogSum: reduction((x, options) => ops.log(ops.sum(x, options))),
  ReduceSumSquare: reduction((x, options) => ops.sum(ops.square(x), options)),
  ...{ ArgMax: extremeIndex(ops.argMax), ArgMin: extremeIndex(ops.argMin) },
  Softmax: (call) => ops.softmax(call.x[0], { axis: number(call, 'axis', -1) }),
  LogSoftmax: (call) => ops.logSoftmax(call.x[0], { axis: number(call, 'axis', -1) }),
}

const products: Record<string, OnnxOperator> = {
  MatMul: binary((a, b) => ops.matmul(a, b)),
  Gemm: (call) => {
    const [a, b, c] = call.x
    const [transposeA, transposeB] = [number(call, 'transA', 0) !== 0, number(call, 'transB', 0) !== 0]
    const product = ops.multiply(ops.matmul(a, b, { transposeA, transposeB }), number(call, 'alpha', 1))
    return c === undefined ? product : ops.add(product, ops.multiply(c, number(call, 'beta', 1)))
  },
  Einsum: ({ x, attributes }) => ops.einsum(attributes.equation as string, ...x),
}

export const arithmeticOperators = { ...functions, ...pairwise, ...reductions, ...products }
