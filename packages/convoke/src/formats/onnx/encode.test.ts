import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bytesField, model as modelBytes, node, numberField, rawTensor, textField } from '../../testing/protobuf.ts'
import { decodeOnnx, decodeOnnxTensor } from './decode.ts'
import { encodeOnnx } from './encode.ts'
import { encodeOnnxTensor } from './encode-tensor.ts'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxTensor, OnnxValueType } from './model.ts'

const weight = (name: string, length: number): OnnxTensor => ({
  ...{ name, type: 'float32', shape: [length] },
  values: Float32Array.from({ length }, (_, i) => i / 3),
})

const empty: OnnxGraph = { name: 'g', nodes: [], inputs: [], outputs: [], initializers: [], values: [] }

const withGraph = (graph: Partial<OnnxGraph>): OnnxModel => ({
  ...{ irVersion: 8, producer: '', opsets: { '': 17 }, functions: [], metadata: {} },
  graph: { ...empty, ...graph },
})

describe('A model', () => {
  it('is written as the definition has it, to the byte', () => {
    const written = encodeOnnx(
      withGraph({
        name: '',
        nodes: [{ name: '', operator: 'Relu', domain: '', inputs: ['x'], outputs: ['y'], attributes: {} }],
        initializers: [{ name: 'w', type: 'uint8', shape: [2], values: Uint8Array.of(7, 8) }],
      }),
    )
    const tensor = bytesField(5, rawTensor(2, [2], [7, 8]))
    expect(written).toEqual(modelBytes(node('Relu', ['x'], ['y']), tensor))
  })

  it('is read again as it was, with everything it can hold', () => {
    const types: OnnxValueType[] = [
      { kind: 'tensor', type: 'bfloat16', shape: null },
      { kind: 'tensor', type: 'string', shape: [1, 'n', null, 0] },
      { kind: 'sequence', of: { kind: 'optional', of: { kind: 'tensor', type: 'int2', shape: [] } } },
      { kind: 'optional', of: null },
      ...(['map', 'sparse', 'opaque'] as const).map((kind) => ({ kind })),
    ]
    const inner = { ...empty, initializers: [weight('inner', 2)] }
    const attributes: Record<string, OnnxAttribute> = {
      float: { type: 'float', value: -0.5 },
      int: { type: 'int', value: -(2 ** 40) },
      low: { type: 'int', value: -(2 ** 63) },
      high: { type: 'int', value: 2 ** 63 },
      string: { type: 'string', value: 'é'.repeat(300) },
      none: { type: 'string', value: '' },
      tensor: { type: 'tensor', value: weight('', 400) },
      sparse: { type: 'sparseTensor', value: { name: 's', type: 'int8', shape: [1, 2], values: Int8Array.of(1, -1) } },
      graph: { type: 'graph', value: inner },
      floats: { type: 'floats', value: [0, 0.25, Number.POSITIVE_INFINITY] },
      ints: { type: 'ints', value: [0, -1, 2 ** 50] },
      nothing: { type: 'ints', value: [] },
      strings: { type: 'strings', value: ['', 'b'] },
      tensors: { type: 'tensors', value: [weight('a', 1), weight('b', 2)] },
      graphs: { type: 'graphs', value: [inner, empty] },
      type: { type: 'valueType', value: types[0] },
      types: { type: 'valueTypes', value: types },
      reference: { type: 'reference', value: 'alpha' },
    }
    const one = { name: 'n', operator: 'Thing', domain: 'my.own', overload: 'o', inputs: ['', 'a'], outputs: ['b', ''] }
    const model: OnnxModel = {
      ...{ irVersion: 10, producer: 'me 1.2', opsets: { '': 21, 'my.own': 3 }, metadata: { a: 'b', '': '' } },
      graph: {
        ...{ name: 'whole', nodes: [{ ...one, attributes }], initializers: [weight('w', 1000)] },
        inputs: types.map((type, i) => ({ name: `x${i}`, type })),
        outputs: [{ name: 'b', type: null }],
        values: [{ name: 'c', type: types[1] }],
      },
      functions: [
        {
          ...{ name: 'Thing', domain: 'my.own', overload: 'o', inputs: ['p'], outputs: ['q'], attributes: ['alpha'] },
          defaults: { beta: { type: 'int', value: 2 } },
          nodes: [
            { ...{ name: '', operator: 'Elu', domain: '' }, inputs: ['p'], outputs: ['q'], attributes: attributes },
          ],
          opsets: { '': 21 },
        },
      ],
    }
    const bytes = encodeOnnx(model)
    expect(decodeOnnx(bytes)).toEqual(model)
    expect(encodeOnnx(model)).toEqual(bytes)
    expect(encodeOnnx(decodeOnnx(bytes))).toEqual(bytes)
  })

  it('rounds floats of few bits to the nearest', () => {
    const tensor = (type: 'float16' | 'float8e4m3fn', ...values: number[]) =>
      decodeOnnxTensor(encodeOnnxTensor({ name: '', type, shape: [values.length], values: Float32Array.from(values) }))
        .values
    // Halves between 2048 and 4096 are 2 apart; ties go to the even one. Above 16, e4m3 has steps of 2.
    expect(tensor('float16', 2049, 2051, 0.1, 1e9)).toEqual(
      Float32Array.of(2048, 2052, 0.0999755859375, Number.POSITIVE_INFINITY),
    )
    expect(tensor('float8e4m3fn', 17, 19, 1000)).toEqual(Float32Array.of(16, 20, 448))
  })

  it('puts weights into a file beside it, large ones at pages, and is read again with them', () => {
    const pieces: Uint8Array[] = []
    const initializers = [weight('a', 300), weight('small', 3), weight('b', 2 ** 18), weight('c', 301)]
    const model = withGraph({ initializers })
    const bytes = encodeOnnx(model, { external: { location: 'w.bin', write: (piece) => pieces.push(piece.slice()) } })
    const data = Uint8Array.from(pieces.flatMap((piece) => Array.from(piece)))
    // a: 0 to 1200; b from the next page on, 4096 to 1052672; c from there on.
    expect(data.length).toBe(4096 + 4 * 2 ** 18 + 4 * 301)
    expect(bytes.length).toBeLessThan(400)
    const asked: string[] = []
    const external = (location: string) => {
      asked.push(location)
      return data
    }
    expect(decodeOnnx(bytes, { external }).graph.initializers).toEqual(initializers)
    expect(asked).toEqual(['w.bin', 'w.bin', 'w.bin'])
  })

  it('is refused where a tensor is not what it states', () => {
    const one = (tensor: object) => () => encodeOnnx(withGraph({ initializers: [tensor as OnnxTensor] }))
    expect(one({ ...weight('w', 2), shape: [3] })).toThrow(/"w" of shape \[3\].*needs 3 values and has 2/)
    expect(one({ ...weight('w', 2), type: 'float64' })).toThrow(/must be in a Float64Array/)
    expect(one({ ...weight('w', 2), type: 'string' })).toThrow(/must be in a list of strings/)
    expect(one({ ...weight('w', 2), type: 'bool' })).toThrow(/must be in a Uint8Array/)
    expect(one({ ...weight('w', 2), type: 'constructor' })).toThrow(/is of type "constructor"/)
    expect(one({ ...weight('w', 2), shape: [-1, -2] })).toThrow(/needs 2 values/)
  })

  it('is refused where graphs hold themselves, or a number is none that a file takes', () => {
    const nodes: OnnxGraph['nodes'][number][] = []
    const loop = { ...empty, nodes }
    const node = { name: '', operator: 'If', domain: '', inputs: [], outputs: ['y'] }
    nodes.push({ ...node, attributes: { body: { type: 'graph', value: loop } } })
    expect(() => encodeOnnx({ ...withGraph({}), graph: loop })).toThrow(/contain themselves/)
    const fraction = { ...node, attributes: { axis: { type: 'int', value: 0.5 } as const } }
    expect(() => encodeOnnx(withGraph({ nodes: [fraction] }))).toThrow(/0.5 was found where an integer/)
    const far = { location: '../w.bin', write: () => {} }
    expect(() => encodeOnnx(withGraph({}), { external: far })).toThrow(/its own folder/)
  })

  it('that other programs wrote keeps what it says, be it packed or not', () => {
    const ints = (...fields: (readonly number[])[]) =>
      modelBytes(node('A', [], ['y'], bytesField(5, textField(1, 'a'), numberField(20, 7), ...fields)))
    const loose = decodeOnnx(ints(numberField(8, 1), numberField(8, 2)))
    expect(encodeOnnx(decodeOnnx(ints(bytesField(8, [1, 2]))))).toEqual(encodeOnnx(loose))
  })
})

const root = fileURLToPath(new URL('../../../../../../shared/conformance/onnx-node', import.meta.url))

it.skipIf(!existsSync(root))('Every operator test of ONNX is read again as it was written', () => {
  let count = 0
  for (const name of readdirSync(root)) {
    const read = decodeOnnx(readFileSync(`${root}/${name}/model.onnx`))
    expect(decodeOnnx(encodeOnnx(read)), name).toEqual(read)
    count++
  }
  expect(count).toBe(894)
})
