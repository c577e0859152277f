import { describe, expect, it } from 'vitest'
import { bytesField, model, node, numberField, rawTensor, textField, varint } from '../../testing/protobuf.ts'
import { decodeOnnx, decodeOnnxTensor } from './decode.ts'
import { decodeOnnxValue } from './decode-value.ts'
import { encodeOnnxTensor } from './encode-tensor.ts'
import type { OnnxValues } from './model.ts'

const bytes = (...values: number[]): number[] => values
const big = (...values: bigint[]): BigInt64Array => BigInt64Array.from(values)

/** Number and name of each type, raw bytes, shape, and the values that they are by the types' definitions. */
const vectors: readonly (readonly [number, string, readonly number[], readonly number[], OnnxValues])[] = [
  [1, 'float32', bytes(0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0), [2], Float32Array.of(1, -2.5)],
  [2, 'uint8', bytes(0, 255), [2], Uint8Array.of(0, 255)],
  [3, 'int8', bytes(0x7f, 0x80), [2], Int8Array.of(127, -128)],
  [4, 'uint16', bytes(0x34, 0x12), [1], Uint16Array.of(0x1234)],
  [5, 'int16', bytes(0xfe, 0xff), [1], Int16Array.of(-2)],
  [6, 'int32', bytes(1, 0, 0, 0x80), [1], Int32Array.of(-2147483647)],
  [7, 'int64', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), [1], big(2n ** 63n - 1n)],
  [9, 'bool', bytes(0, 1, 2), [3], Uint8Array.of(0, 1, 1)],
  [10, 'float16', bytes(0, 0x3c, 0xff, 0x7b, 1, 0), [3], Float32Array.of(1, 65504, 2 ** -24)],
  [11, 'float64', bytes(0, 0, 0, 0, 0, 0, 0xf8, 0x3f), [1], Float64Array.of(1.5)],
  [12, 'uint32', bytes(0xff, 0xff, 0xff, 0xff), [1], Uint32Array.of(4294967295)],
  [13, 'uint64', bytes(0, 0, 0, 0, 0, 0, 0, 0x80), [1], BigUint64Array.of(2n ** 63n)],
  [14, 'complex64', bytes(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0), [1], Float32Array.of(1, -2)],
  [15, 'complex128', bytes(...new Array(14).fill(0), 0xf0, 0x3f), [1], Float64Array.of(0, 1)],
  [16, 'bfloat16', bytes(0x80, 0x3f, 0x49, 0x40), [2], Float32Array.of(1, 3.140625)],
  [17, 'float8e4m3fn', bytes(0x38, 0x7e, 0x01), [3], Float32Array.of(1, 448, 2 ** -9)],
  [18, 'float8e4m3fnuz', bytes(0x40, 0x7f), [2], Float32Array.of(1, 240)],
  [19, 'float8e5m2', bytes(0x3c, 0xfb), [2], Float32Array.of(1, -57344)],
  [20, 'float8e5m2fnuz', bytes(0x40, 0x01), [2], Float32Array.of(1, 2 ** -17)],
  [21, 'uint4', bytes(0x8f, 0x07), [3], Uint8Array.of(15, 8, 7)],
  [22, 'int4', bytes(0x8f, 0x07), [3], Int8Array.of(-1, -8, 7)],
  [23, 'float4e2m1', bytes(0x72, 0x1f), [2, 2], Float32Array.of(1, 6, -6, 0.5)],
  [24, 'float8e8m0', bytes(0x7f, 0x81), [2], Float32Array.of(1, 4)],
  [25, 'uint2', bytes(0xe4, 0x02), [5], Uint8Array.of(0, 1, 2, 3, 2)],
  [26, 'int2', bytes(0xe4, 0x02), [5], Int8Array.of(0, 1, -2, -1, -2)],
]

describe('A tensor', () => {
  it.each(vectors)('of type %i (%s) is read from raw bytes, and written as them', (code, type, raw, shape, values) => {
    const read = decodeOnnxTensor(Uint8Array.from(rawTensor(code, shape, raw)))
    expect(read).toEqual({ name: 'w', type, shape, values })
    // What is not zero is true: the one value that is written otherwise than it was read.
    const again = Array.from(raw, (byte) => (type === 'bool' ? Math.min(1, byte) : byte))
    const written = Uint8Array.from(encodeOnnxTensor({ name: 'w', type, shape, values } as never))
    expect(written).toEqual(Uint8Array.from(rawTensor(code, shape, again)))
  })

  it('is a view of the bytes where they are aligned, and a copy where they are not', () => {
    for (const start of [0, 1, 2, 3]) {
      const file = rawTensor(1, [1], bytes(0, 0, 0x80, 0x3f))
      const whole = new Uint8Array(start + file.length)
      whole.set(file, start)
      const tensor = decodeOnnxTensor(whole.subarray(start))
      expect(tensor.values).toEqual(Float32Array.of(1))
      const aligned = (whole.length - 4) % 4 === 0
      expect((tensor.values as Float32Array).buffer === whole.buffer).toBe(aligned)
      expect(tensor.values).toBe(tensor.values)
    }
  })

  const float = (value: number) => [...new Uint8Array(Float32Array.of(value).buffer)]
  const double = (value: number) => [...new Uint8Array(Float64Array.of(value).buffer)]

  it.each([
    ['float32', 1, bytesField(4, float(1), float(2)), Float32Array.of(1, 2)],
    ['float32', 1, [0x25, ...float(1), 0x25, ...float(2)], Float32Array.of(1, 2)],
    ['float32', 1, [0x25, ...float(1), ...bytesField(4, float(2))], Float32Array.of(1, 2)],
    ['complex64', 14, bytesField(4, float(1), float(2), float(3), float(4)), Float32Array.of(1, 2, 3, 4)],
    ['int32', 6, bytesField(5, varint(-1), varint(300)), Int32Array.of(-1, 300)],
    ['int32', 6, [...numberField(5, -1), ...numberField(5, 300)], Int32Array.of(-1, 300)],
    ['int8', 3, bytesField(5, varint(-128), varint(5)), Int8Array.of(-128, 5)],
    ['uint16', 4, bytesField(5, varint(65535), varint(0)), Uint16Array.of(65535, 0)],
    ['bool', 9, bytesField(5, varint(1), varint(0)), Uint8Array.of(1, 0)],
    ['float16', 10, bytesField(5, varint(0x3c00), varint(0xc000)), Float32Array.of(1, -2)],
    ['bfloat16', 16, bytesField(5, varint(0x3f80), varint(0)), Float32Array.of(1, 0)],
    ['float8e5m2', 19, bytesField(5, varint(0x3c), varint(0xbc)), Float32Array.of(1, -1)],
    ['int4', 22, bytesField(5, varint(0x8f)), Int8Array.of(-1, -8)],
    ['uint2', 25, bytesField(5, varint(0x09)), Uint8Array.of(1, 2)],
    ['int64', 7, bytesField(7, varint(-5), varint(2n ** 62n)), big(-5n, 2n ** 62n)],
    ['int64', 7, [...numberField(7, -5), ...numberField(7, 7)], big(-5n, 7n)],
    ['float64', 11, bytesField(10, double(0.1), double(-3)), Float64Array.of(0.1, -3)],
    ['uint32', 12, bytesField(11, varint(2 ** 32 - 1), varint(1)), Uint32Array.of(2 ** 32 - 1, 1)],
    ['uint64', 13, bytesField(11, varint(2n ** 64n - 1n), varint(1)), BigUint64Array.of(2n ** 64n - 1n, 1n)],
    ['string', 8, [...textField(6, 'é'), ...textField(6, '')], ['é', '']],
  ] as const)('of type %s is read from the list for it', (type, code, list, values) => {
    const tensor = decodeOnnxTensor(Uint8Array.from([...numberField(1, 2), ...numberField(2, code), ...list]))
    expect(tensor).toEqual({ name: '', type, shape: [2], values })
  })

  it('of many numbers that are not packed takes time in proportion', () => {
    const count = 200_000
    const one = [0x25, ...float(0.5)]
    const list = new Uint8Array(5 * count).map((_, i) => one[i % 5])
    const head = Uint8Array.from([...numberField(1, count), ...numberField(2, 1)])
    const { values } = decodeOnnxTensor(Uint8Array.from([...head, ...list]))
    expect(values.length).toBe(count)
    expect((values as Float32Array).every((value) => value === 0.5)).toBe(true)
  })

  it('without axes has one value, and with an axis of 0 none', () => {
    expect(decodeOnnxTensor(Uint8Array.from(rawTensor(2, [], [7]))).values).toEqual(Uint8Array.of(7))
    expect(decodeOnnxTensor(Uint8Array.from(rawTensor(1, [0, 3], []))).values).toEqual(new Float32Array(0))
    // Nothing is stored of it, not even an empty field.
    const none = Uint8Array.from([...numberField(1, 0), ...numberField(2, 7)])
    expect(decodeOnnxTensor(none).values).toEqual(new BigInt64Array(0))
  })
})

describe('A model', () => {
  const value = (id: number, name: string, ...dims: (number | string | null)[]) => {
    const shape = dims.map((length) =>
      bytesField(1, length === null ? [] : typeof length === 'string' ? textField(2, length) : numberField(1, length)),
    )
    return bytesField(id, textField(1, name), bytesField(2, bytesField(1, numberField(1, 1), bytesField(2, ...shape))))
  }

  it('is read with its nodes, values and operator sets', () => {
    const read = decodeOnnx(
      model(
        node('Add', ['x', 'w'], ['y'], textField(3, 'sum'), textField(7, 'ai.onnx')),
        node('Thing', ['y', ''], ['z'], textField(7, 'my.own'), textField(8, 'b')),
        textField(2, 'g'),
        bytesField(5, rawTensor(2, [1], [9])),
        value(11, 'x', 'N', 3, null, -1),
        value(12, 'z'),
        bytesField(13, textField(1, 'y')),
      ),
    )
    expect({ ...read, graph: { ...read.graph, initializers: [] } }).toEqual({
      ...{ irVersion: 8, producer: '', opsets: { '': 17 }, functions: [], metadata: {} },
      graph: {
        name: 'g',
        nodes: [
          { name: 'sum', operator: 'Add', domain: '', inputs: ['x', 'w'], outputs: ['y'], attributes: {} },
          ...[{ name: '', operator: 'Thing', domain: 'my.own', overload: 'b', inputs: ['y', ''], outputs: ['z'] }].map(
            (one) => ({ ...one, attributes: {} }),
          ),
        ],
        inputs: [{ name: 'x', type: { kind: 'tensor', type: 'float32', shape: ['N', 3, null, null] } }],
        outputs: [{ name: 'z', type: { kind: 'tensor', type: 'float32', shape: [] } }],
        values: [{ name: 'y', type: null }],
        initializers: [],
      },
    })
    expect(read.graph.initializers).toEqual([{ name: 'w', type: 'uint8', shape: [1], values: Uint8Array.of(9) }])
  })

  it('has the attributes of every type, by the type or, in the first files, by what is there', () => {
    const attribute = (name: string, type: number, ...fields: (readonly number[])[]) =>
      bytesField(5, textField(1, name), ...(type === 0 ? [] : [numberField(20, type)]), ...fields)
    const half = [...new Uint8Array(Float32Array.of(0.5).buffer)]
    const { nodes } = decodeOnnx(
      model(
        node(
          'Thing',
          [],
          ['y'],
          attribute('float', 1, [0x15, ...half]),
          attribute('int', 2, numberField(3, -7)),
          attribute('far', 2, numberField(3, 2n ** 63n - 1n)),
          attribute('zero', 2),
          attribute('string', 3, textField(4, 'héé')),
          attribute('tensor', 4, bytesField(5, rawTensor(2, [1], [3]))),
          attribute('graph', 5, bytesField(6, node('Relu', ['y'], ['r']))),
          attribute('floats', 6, [0x3d, ...half, 0x3d, ...half]),
          attribute('ints', 7, bytesField(8, varint(1), varint(-1))),
          attribute('loose', 7, numberField(8, 1), numberField(8, -1)),
          attribute('strings', 8, textField(9, 'a'), textField(9, '')),
          attribute('types', 14, bytesField(15, bytesField(4, bytesField(1, bytesField(1, numberField(1, 7)))))),
          attribute('old', 0, numberField(8, 4)),
          attribute('older', 0, [0x15, ...half]),
          attribute('__proto__', 2, numberField(3, 1)),
          attribute('ref', 0, textField(21, 'alpha')),
        ),
      ),
    ).graph
    const { attributes } = nodes[0]
    expect(Object.keys(attributes)).toContain('__proto__')
    expect(new Map(Object.entries(attributes)).get('__proto__')).toEqual({ type: 'int', value: 1 })
    const sequence = { kind: 'sequence', of: { kind: 'tensor', type: 'int64', shape: null } }
    const { graph, ['__proto__']: _, ...rest } = attributes
    expect(rest).toEqual({
      float: { type: 'float', value: 0.5 },
      int: { type: 'int', value: -7 },
      far: { type: 'int', value: 2 ** 63 },
      zero: { type: 'int', value: 0 },
      string: { type: 'string', value: 'héé' },
      tensor: { type: 'tensor', value: { name: 'w', type: 'uint8', shape: [1], values: Uint8Array.of(3) } },
      floats: { type: 'floats', value: [0.5, 0.5] },
      ints: { type: 'ints', value: [1, -1] },
      loose: { type: 'ints', value: [1, -1] },
      strings: { type: 'strings', value: ['a', ''] },
      types: { type: 'valueTypes', value: [sequence] },
      old: { type: 'ints', value: [4] },
      older: { type: 'float', value: 0.5 },
      ref: { type: 'reference', value: 'alpha' },
    })
    expect(graph).toMatchObject({ type: 'graph', value: { nodes: [{ operator: 'Relu' }] } })
  })

  it('skips fields that it does not know, groups among them', () => {
    const unknown = [...numberField(500, 1), ...bytesField(501, [1, 2]), 0xa3, 0x1f, ...numberField(1, 2), 0xa4, 0x1f]
    const read = decodeOnnx(Uint8Array.from([...unknown, ...model(node('Relu', ['x'], ['y'])), ...unknown]))
    expect(read.graph.nodes).toHaveLength(1)
  })

  it('has the highest version of each operator set, and version 1 where it names none', () => {
    const set = (domain: string, version: number) => bytesField(8, textField(1, domain), numberField(2, version))
    const graph = bytesField(7, node('Relu', ['x'], ['y']))
    const several = [...set('ai.onnx', 9), ...set('', 11), ...set('ai.onnx.ml', 2), ...graph]
    expect(decodeOnnx(Uint8Array.from(several)).opsets).toEqual({ '': 11, 'ai.onnx.ml': 2 })
    expect(decodeOnnx(Uint8Array.from(graph)).opsets).toEqual({ '': 1 })
  })

  it('makes sparse initialisers dense', () => {
    const indices = (shape: number[], ...at: number[]) =>
      bytesField(2, ...shape.map((length) => numberField(1, length)), numberField(2, 7), bytesField(7, at))
    const sparse = (...parts: (readonly number[])[]) =>
      bytesField(15, bytesField(1, rawTensor(2, [2], [5, 6])), ...parts, numberField(3, 2), numberField(3, 3))
    for (const places of [indices([2], 1, 5), indices([2, 2], 0, 1, 1, 2)]) {
      const { initializers } = decodeOnnx(model(sparse(places))).graph
      expect(initializers).toEqual([
        { name: 'w', type: 'uint8', shape: [2, 3], values: Uint8Array.of(0, 5, 0, 0, 0, 6) },
      ])
    }
  })

  it('has functions with their own operator sets', () => {
    const one = bytesField(
      25,
      ...[textField(1, 'Twice'), textField(4, 'a'), textField(5, 'b'), textField(6, 'alpha')],
      bytesField(7, textField(1, 'a'), textField(1, 'a'), textField(2, 'b'), textField(4, 'Add')),
      bytesField(9, numberField(2, 14)),
      textField(10, 'my.own'),
      bytesField(11, textField(1, 'beta'), numberField(3, 2), numberField(20, 2)),
    )
    const { functions } = decodeOnnx(Uint8Array.from([...model(), ...one]))
    expect(functions).toEqual([
      {
        ...{ name: 'Twice', domain: 'my.own', overload: '', inputs: ['a'], outputs: ['b'], attributes: ['alpha'] },
        defaults: { beta: { type: 'int', value: 2 } },
        nodes: [{ name: '', operator: 'Add', domain: '', inputs: ['a', 'a'], outputs: ['b'], attributes: {} }],
        opsets: { '': 14 },
      },
    ])
  })

  it('takes values from a file beside it, by place and length', () => {
    const entry = (key: string, text: string) => bytesField(13, textField(1, key), textField(2, text))
    const tensor = (...entries: (readonly number[])[]) =>
      bytesField(5, numberField(1, 2), numberField(2, 2), textField(8, 'w'), ...entries, numberField(14, 1))
    const data = Uint8Array.of(1, 2, 3, 4)
    const asked: string[] = []
    const external = (location: string) => {
      asked.push(location)
      return data
    }
    const place = [entry('location', './weights/a.bin'), entry('offset', '1'), entry('length', '2')]
    const placed = decodeOnnx(model(tensor(...place)), { external })
    expect(placed.graph.initializers[0].values).toEqual(Uint8Array.of(2, 3))
    const whole = decodeOnnx(model(tensor(entry('location', 'b.bin'))), { external })
    expect(whole.graph.initializers[0].values).toEqual(Uint8Array.of(1, 2))
    expect(asked).toEqual(['weights/a.bin', 'b.bin'])
  })
})

describe('Values of tests', () => {
  it('are sequences, optionals and maps of tensors', () => {
    const tensor = (id: number, value: number) => bytesField(id, rawTensor(2, [1], [value]))
    const made = (value: number) => ({
      kind: 'tensor',
      tensor: { name: 'w', type: 'uint8', shape: [1], values: Uint8Array.of(value) },
    })
    const list = [...textField(1, 's'), ...numberField(2, 1), ...tensor(3, 1), ...tensor(3, 2)]
    expect(decodeOnnxValue(Uint8Array.from(list), 'sequence')).toEqual({
      ...{ kind: 'sequence', name: 's', values: [made(1), made(2)] },
    })
    expect(decodeOnnxValue(Uint8Array.from(tensor(3, 4)), 'optional')).toEqual({
      ...{ kind: 'optional', name: '', value: made(4) },
    })
    expect(decodeOnnxValue(new Uint8Array(0), 'optional')).toEqual({ kind: 'optional', name: '', value: null })
    const map = bytesField(6, bytesField(3, varint(7), varint(-8)), bytesField(5, list))
    expect(decodeOnnxValue(Uint8Array.from(map), 'optional')).toEqual({
      ...{ kind: 'optional', name: '' },
      value: { kind: 'map', name: '', keys: [7, -8], values: [made(1), made(2)] },
    })
  })
})
