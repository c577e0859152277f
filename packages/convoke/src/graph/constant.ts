// Tensors of a file as values.

import { withBackend } from '../backends/current.ts'
import type { OnnxTensor } from '../formats/onnx/model.ts'
import { ConvokeError } from '../shapes/error.ts'
import { fromData } from '../tensor/create.ts'
import { dtypeOf, type ElementType, isFloat } from './element-type.ts'
import { hostBackend, Value } from './value.ts'

/** Constants of so many numbers, or fewer, are kept where they can be read at once. */
const small = 64

/** The numbers of a tensor as the engine holds them: whole numbers stop at the ends of int32. */
export function numbersIn(tensor: OnnxTensor): ArrayLike<number> {
  const { values, type, name } = tensor
  if (type === 'string' || type.startsWith('complex')) {
    throw new ConvokeError(`tensor ${name}: elements of type ${type} are not supported. Use numbers or bool.`)
  }
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Int32Array.from(values, clamped)
  if (values instanceof Uint32Array) return Int32Array.from(values, (n) => Math.min(n, 2 ** 31 - 1))
  return values as ArrayLike<number>
}

const clamped = (n: bigint): number => Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Number(n)))

/** A constant: small ones and whole numbers, which are shapes and axes for the most part, on the host. */
export function constantOf(tensor: OnnxTensor): Value {
  const type = tensor.type as ElementType
  const numbers = numbersIn(tensor)
  const make = (): Value => Value.of(fromData(numbers, tensor.shape, dtypeOf(type)), type)
  return numbers.length <= small || (!isFloat(type) && numbers.length <= 4096)
    ? withBackend(hostBackend(), make)
    : make()
}
