// Matrix products.

import * as ops from '../../ops/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { held } from '../element-type.ts'
import { plainOrder, Value } from '../value.ts'

interface Factor {
  readonly tensor: Tensor
  readonly transposed: boolean
}

/** A factor of a product, which reads its last two axes in either order. */
function factor(x: Value): Factor {
  const { rank, order } = x
  const swapped = [...plainOrder(rank).slice(0, -2), rank - 1, rank - 2]
  const transposed = rank >= 2 && order.every((axis, i) => axis === swapped[i])
  return { tensor: transposed ? x.tensor : x.plain, transposed }
}

export function product(x: Value, y: Value, transposeX = false, transposeY = false): Tensor {
  const [a, b] = [factor(x), factor(y)]
  const options = { transposeA: a.transposed !== transposeX, transposeB: b.transposed !== transposeY }
  return ops.matmul(a.tensor, b.tensor, options)
}

function gemm(call: Call): Value {
  const [a, b] = [call.value(0), call.value(1)]
  const whole = product(a, b, call.flag('transA'), call.flag('transB'))
  const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : ops.multiply(x, factor))
  const y = scaled(whole, call.float('alpha', 1))
  const c = call.optional(2)
  return Value.of(held(c === null ? y : ops.add(y, scaled(c.plain, call.float('beta', 1))), a.type), a.type)
}

export const products: Readonly<Record<string, Operator>> = {
  Gemm: gemm,
  MatMul: (call) => {
    const [a, b] = [call.value(0), call.value(1)]
    return Value.of(held(product(a, b), a.type), a.type)
  },
  Einsum: (call) => {
    const values = call.values()
    const equation = call.text('equation')
    // biome-ignore lint/plugin/spread-of-a-list: a node has few inputs
    return Value.of(held(ops.einsum(equation, ...values.map(({ plain }) => plain)), values[0].type), values[0].type)
  },
}
