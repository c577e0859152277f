// Drawn numbers. Definitions: ONNX RandomNormal, RandomUniform (and Like), Bernoulli and Multinomial. The same seed draws the same numbers
// at every run and on every backend; they are not those of other runtimes.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { fromData } from '../../tensor/create.ts'
import { deriveSeed, freshSeed, randomNormal, randomSource, randomUniform } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { dtypeOf, type ElementType, held } from '../element-type.ts'
import { Value } from '../value.ts'
import { elementTypes } from './elementwise.ts'

/** Tensors with more numbers are not drawn. */
const most = 2 ** 28

const seedOf = (call: Call): number => (call.has('seed') ? deriveSeed(0, call.float('seed')) : freshSeed())

function typeOr(call: Call, otherwise: ElementType): ElementType {
  if (!call.has('dtype')) return otherwise
  const code = call.int('dtype')
  return elementTypes[code] ?? call.refuse(`dtype is ${code}, a type that is not supported.`)
}

type Draw = (call: Call, shape: readonly number[]) => Tensor

const normal: Draw = (call, shape) => {
  const [mean, deviation] = [call.float('mean', 0), call.float('scale', 1)]
  return randomNormal(shape, { seed: seedOf(call), mean, deviation })
}

const uniform: Draw = (call, shape) => {
  const [low, high] = [call.float('low', 0), call.float('high', 1)]
  return randomUniform(shape, { seed: seedOf(call), low, high })
}

const ofShape =
  (draw: Draw): Operator =>
  (call: Call) => {
    const shape = call.ints('shape') ?? call.refuse('the attribute shape is missing.')
    call.require(sizeOf(shape) <= most, () => `a tensor of ${shape.join(' × ')} numbers is too large to be drawn.`)
    const type = typeOr(call, 'float32')
    return Value.of(held(draw(call, shape), type), type)
  }

const alike =
  (draw: Draw): Operator =>
  (call: Call) => {
    const x = call.value(0)
    const type = typeOr(call, x.type)
    return Value.of(held(draw(call, x.shape), type), type)
  }

function bernoulli(call: Call): Value {
  const x = call.value(0)
  const type = typeOr(call, x.type)
  const drawn = randomUniform(x.shape, { seed: seedOf(call) })
  return Value.of(ops.cast(ops.less(drawn, x.plain), dtypeOf(type)), type)
}

/** Outcomes by their logarithms `[batch, outcomes]`, which need not sum to anything. */
function multinomial(call: Call): Value {
  const x = call.value(0)
  const count = call.int('sample_size', 1)
  const [batch, outcomes] = x.shape
  call.require(
    x.rank === 2 && outcomes >= 1 && count >= 0 && batch * count <= most,
    () => `cannot draw ${count} samples from ${x}; it must be [batch, outcomes].`,
  )
  const shares = ops.softmax(x.plain, { axis: 1 }).dataSync()
  const source = randomSource(seedOf(call))
  const found = new Int32Array(batch * count)
  for (let i = 0; i < found.length; i++) {
    const row = Math.floor(i / count) * outcomes
    let rest = source.uniform()
    let outcome = 0
    while (outcome < outcomes - 1 && rest >= shares[row + outcome]) rest -= shares[row + outcome++]
    found[i] = outcome
  }
  const type = typeOr(call, 'int32')
  return Value.of(fromData(found, [batch, count], dtypeOf(type)), type)
}

export const random: Readonly<Record<string, Operator>> = {
  ...{ RandomNormal: ofShape(normal), RandomUniform: ofShape(uniform) },
  ...{ RandomNormalLike: alike(normal), RandomUniformLike: alike(uniform) },
  ...{ Bernoulli: bernoulli, Multinomial: multinomial },
}
