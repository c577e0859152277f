// ONNX's own operator tests, read from ../shared/conformance/onnx-node beside the repository: each folder is a model of one node with
// inputs and outputs.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { scope } from '../autodiff/index.ts'
import {
  decodeOnnx,
  decodeOnnxTensor,
  decodeOnnxValue,
  type OnnxTensor,
  type OnnxValue,
  type OnnxValueInfo,
} from '../formats/onnx/index.ts'
import { availableBackends, onBackend, relativeError } from '../testing/check-op.ts'
import { constantOf, numbersIn } from './constant.ts'
import { functionFor, operatorFor } from './registry.ts'
import { runGraph } from './run.ts'
import { type Item, Sequence, Value } from './value.ts'

const folder = new URL('../../../../../shared/conformance/onnx-node/', import.meta.url)
const present = existsSync(folder)
const names = present ? readdirSync(folder).sort() : []

/** What cannot be computed with. */
const leftOut: Readonly<Record<string, string>> = {
  ...{ test_equal_string: 'texts', test_equal_string_broadcast: 'texts' },
}

/** Tests whose results are written with four digits. */
const fourDigits = [
  'test_averagepool_2d_ceil_last_window_starts_on_pad',
  'test_gridsample_bicubic',
  'test_roialign_aligned_false',
  'test_roialign_aligned_true',
]

/** Results of half precision are computed in float32, and then off by what the narrower type rounds away. */
function toleranceOf(name: string, { type }: OnnxTensor): number {
  if (fourDigits.includes(name)) return 1e-4
  if (type === 'float16') return 1e-3
  return type === 'bfloat16' || type.startsWith('float8') ? 1e-2 : 2e-6
}

interface File {
  readonly kind: 'input' | 'output'
  readonly info: OnnxValueInfo
  readonly index: number
}

function load(name: string) {
  const model = decodeOnnx(readFileSync(new URL(`${name}/model.onnx`, folder)))
  const read = ({ kind, info, index }: File): OnnxValue => {
    const bytes = readFileSync(new URL(`${name}/test_data_set_0/${kind}_${index}.pb`, folder))
    const of = info.type?.kind
    return of === 'sequence' || of === 'optional'
      ? decodeOnnxValue(bytes, of)
      : { kind: 'tensor', tensor: decodeOnnxTensor(bytes) }
  }
  const files = (kind: File['kind'], infos: readonly OnnxValueInfo[]): OnnxValue[] =>
    infos.map((info, index) => read({ kind, info, index }))
  return { model, inputs: files('input', model.graph.inputs), outputs: files('output', model.graph.outputs) }
}

function itemOf(value: OnnxValue | null): Item {
  if (value === null) return null
  if (value.kind === 'tensor') return constantOf(value.tensor)
  if (value.kind === 'optional') return itemOf(value.value)
  if (value.kind === 'sequence') return new Sequence(value.values.map(itemOf) as Value[])
  throw new Error(`a ${value.kind} cannot be an input`)
}

function compare(name: string, found: Item | undefined, expected: OnnxValue | null): void {
  if (expected === null) {
    expect(found).toBeNull()
  } else if (expected.kind === 'optional') {
    compare(name, found, expected.value)
  } else if (expected.kind === 'sequence') {
    expect(found).toBeInstanceOf(Sequence)
    const { items } = found as Sequence
    expect(items.length).toBe(expected.values.length)
    for (const [i, value] of expected.values.entries()) compare(name, items[i], value)
  } else {
    expect(expected.kind).toBe('tensor')
    const { tensor } = expected as Extract<OnnxValue, { kind: 'tensor' }>
    expect(found).toBeInstanceOf(Value)
    const value = found as Value
    expect([value.type, ...value.shape]).toEqual([tensor.type, ...tensor.shape])
    expect(relativeError(value.numbers(), numbersIn(tensor))).toBeLessThan(toleranceOf(name, tensor))
  }
}

describe.skipIf(!present).each(availableBackends())("ONNX's operator tests on %s", (backend) => {
  it.each(names.filter((name) => !Object.hasOwn(leftOut, name)))('%s', (name) =>
    onBackend(backend, async () => {
      const { model, inputs, outputs } = load(name)
      scope(() => {
        const given = new Map(model.graph.inputs.map((info, i) => [info.name, itemOf(inputs[i])]))
        const constants = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]))
        const lookup = (of: string): Item | undefined => {
          const constant = constants.get(of)
          return constant && constantOf(constant)
        }
        const { opsets, functions } = model
        const results = runGraph(model.graph, given, { opsets, functions, training: false, lookup })
        for (const [i, expected] of outputs.entries()) compare(name, results[i], expected)
      })
    }),
  )
})

describe.skipIf(!present)("the choice of ONNX's operator tests", () => {
  it('leaves out only what holds texts', () => {
    expect(names.length).toBe(894)
    for (const name of Object.keys(leftOut)) {
      expect(load(name).inputs.some((value) => value.kind === 'tensor' && value.tensor.type === 'string')).toBe(true)
    }
  })
  it('needs no operator that is not known', () => {
    const unknown = names.flatMap((name) => {
      const { model } = load(name)
      return model.graph.nodes
        .filter((node) => operatorFor(node) === undefined && functionFor(node, model.functions) === undefined)
        .map(({ operator }) => operator)
    })
    expect([...new Set(unknown)]).toEqual([])
  })
})

if (!present) console.warn("skipped: ONNX's operator tests; shared/conformance/onnx-node is not beside the repository")
