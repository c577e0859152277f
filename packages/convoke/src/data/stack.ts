// The fields of several examples side by side: what becomes a batch of tensors.

import { check, showShape } from '../shapes/error.ts'
import { checkWhole } from '../tensor/create.ts'
import type { Stacked, Values } from './dataset.ts'

export const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && 'shape' in value && 'data' in value && ArrayBuffer.isView(value.data)

/** The fields of `examples`, each stacked. Throws `ConvokeError` where values to be stacked differ in shape. */
export function stackExamples(examples: readonly object[]): Stacked {
  check(examples.length > 0, () => 'collate: there are no examples; a batch needs one or more.')
  const fields = Object.keys(examples[0])
  return Object.fromEntries(
    fields.map((field) => [
      field,
      stackField(
        field,
        examples.map((example) => (example as Record<string, unknown>)[field]),
      ),
    ]),
  )
}

function stackField(field: string, values: readonly unknown[]): Values | readonly unknown[] {
  const [first] = values
  if (typeof first === 'number') {
    checkWhole('tensor', values as number[], 'int32')
    return { shape: [values.length], data: Int32Array.from(values as number[]) }
  }
  return isValues(first) ? stackValues(field, values as readonly Values[]) : values
}

function stackValues(field: string, values: readonly Values[]): Values {
  const [first] = values
  const size = first.data.length
  const Kind = first.data.constructor as new (length: number) => Values['data']
  const data = new Kind(values.length * size)
  values.forEach((value, index) => {
    check(
      value.shape.join() === first.shape.join() && value.data.constructor === first.data.constructor,
      () =>
        `collate: the ${field} of example ${index} has shape ${showShape(value.shape)}, that of example 0 ${showShape(first.shape)}. Bring them to one size first: mapDataset(set, …) with a resize, crop or pad.`,
    )
    data.set(value.data, index * size)
  })
  return { shape: [values.length, ...first.shape], data }
}
