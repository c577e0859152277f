// Files that accidents and strangers make: each is refused in words, soon, and without memory for what it only claims.

import { describe, expect, it } from 'vitest'
import { ConvokeError } from '../../shapes/error.ts'
import { bytesField, model, node, numberField, rawTensor, textField, varint } from '../../testing/protobuf.ts'
import { decodeOnnx, decodeOnnxTensor } from './decode.ts'

type Bytes = readonly number[]

function refusal(make: () => unknown): string {
  const before = process.memoryUsage()
  const started = performance.now()
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(ConvokeError)
    const after = process.memoryUsage()
    expect(performance.now() - started).toBeLessThan(1000)
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 2 ** 20)
    const { message } = error as ConvokeError
    expect(message.length).toBeLessThan(2000)
    return message
  }
  throw new Error('it was taken')
}

const tensor = (...parts: readonly Bytes[]) => refusal(() => decodeOnnxTensor(Uint8Array.from(parts.flat())))
const graph = (...parts: readonly Bytes[]) => refusal(() => decodeOnnx(model(...parts)))

describe('Bytes that are no whole message', () => {
  it.each([
    ['a text of another format', [...new TextEncoder().encode('{"modelTopology": {}}')]],
    ['a length beyond the end', [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a number without an end', [0x08, 0x80]],
    ['a number of more than 64 bits', [0x08, ...new Array(10).fill(0xff), 1]],
    ['field number 0', [0x02, 0]],
    ['a wire type that there is not', [0x0f, 0]],
    ['a group that has no end', [0xa3, 0x1f, 0x08, 1]],
    ['groups ten thousand deep', new Array(20_000).fill(0).map((_, i) => (i % 2 === 0 ? 0xa3 : 0x1f))],
    ['a number where a message must be', numberField(7, 1)],
  ])('are refused: %s', (_, bytes) => {
    expect(refusal(() => decodeOnnx(Uint8Array.from(bytes)))).toMatch(/damaged or cut short|cut short, or no/)
  })

  it('are refused at every length', () => {
    const whole = model(node('Relu', ['x'], ['y']), bytesField(5, rawTensor(1, [1], [0, 0, 0, 0])))
    for (let length = 0; length < whole.length; length++) {
      try {
        decodeOnnx(whole.subarray(0, length))
        // Without the operator sets it is still a model, of the format's first version.
        expect(length).toBeGreaterThanOrEqual(whole.length - 4)
      } catch (error) {
        expect(error).toBeInstanceOf(ConvokeError)
      }
    }
  })
})

describe('Tensors', () => {
  it('of more or fewer bytes than their shape are refused, with both', () => {
    expect(tensor(rawTensor(1, [2, 3], new Array(20).fill(0)))).toMatch(/shape \[2, 3\].*24 bytes.*has 20/)
    expect(tensor(rawTensor(1, [2], new Array(12).fill(0)))).toMatch(/8 bytes.*has 12/)
    expect(tensor(rawTensor(22, [3], [1]))).toMatch(/2 bytes.*has 1/)
    expect(tensor(numberField(1, 2), numberField(2, 1), bytesField(4, [0, 0, 0, 0]))).toMatch(/2 numbers.*has 1/)
    expect(tensor(numberField(1, 2), numberField(2, 7))).toMatch(/2 numbers.*has 0/)
    expect(tensor(numberField(1, 3), numberField(2, 8), textField(6, 'a'))).toMatch(/3 numbers.*has 1/)
  })

  it('of shapes that no file fills are refused before memory is taken', () => {
    expect(tensor(rawTensor(2, [2 ** 40], [1]))).toMatch(/1099511627776 bytes.*has 1/)
    expect(tensor(rawTensor(1, [2 ** 31, 2 ** 31, 2 ** 31], []))).toMatch(/no file can fill/)
    expect(tensor([...numberField(1, -1), ...numberField(2, 1)])).toMatch(/\[-1\].*0 or more/)
    expect(tensor([...numberField(1, 2n ** 63n - 1n), ...numberField(2, 1)])).toMatch(/0 or more/)
    expect(tensor(bytesField(1, new Array(65).fill(1)), numberField(2, 2), bytesField(9, [1]))).toMatch(/65 axes/)
    expect(tensor(bytesField(1, new Array(100_000).fill(1)), numberField(2, 2))).toMatch(/100000 axes/)
  })

  it('of types that there are not, or that are not stored so, are refused', () => {
    expect(tensor(rawTensor(0, [1], [1]))).toMatch(/element type 0/)
    expect(tensor(rawTensor(27, [1], [1]))).toMatch(/element type 27.*1 to 26/)
    expect(tensor(rawTensor(8, [1], [65]))).toMatch(/strings as raw bytes/)
    expect(tensor(rawTensor(1, [1], [0, 0, 0, 0]), bytesField(3, numberField(1, 0)))).toMatch(/segments/)
  })

  it('with numbers outside of their type are refused', () => {
    const listed = (code: number, ...values: readonly Bytes[]) =>
      tensor(numberField(1, values.length), numberField(2, code), bytesField(5, ...values))
    expect(listed(3, varint(200))).toMatch(/has 200; int8 takes -128 to 127/)
    expect(listed(2, varint(-1))).toMatch(/has -1; uint8 takes 0 to 255/)
    expect(listed(9, varint(2))).toMatch(/has 2; bool takes 0 to 1/)
    expect(listed(10, varint(65536))).toMatch(/float16 takes 0 to 65535/)
    expect(listed(17, varint(256))).toMatch(/takes 0 to 255/)
    const wide = [...numberField(1, 1), ...numberField(2, 12), ...bytesField(11, varint(2n ** 32n))]
    expect(tensor(wide)).toMatch(/has 4294967296; uint32/)
  })

  it('with texts that are no UTF-8 are refused', () => {
    expect(tensor(numberField(1, 1), numberField(2, 8), bytesField(6, [0xff, 0xfe]))).toMatch(/cannot be read/)
    expect(tensor(rawTensor(2, [1], [1]), bytesField(8, [0xc3]))).toMatch(/cannot be read/)
  })

  it('that are sparse are not made dense where that takes memory the file does not explain', () => {
    const sparse = (dims: readonly number[], type: number, shape: readonly number[], ...at: readonly Bytes[]) =>
      graph(
        bytesField(
          15,
          bytesField(1, rawTensor(2, [2], [5, 6])),
          bytesField(2, ...shape.map((n) => numberField(1, n)), numberField(2, type), bytesField(7, ...at)),
          ...dims.map((n) => numberField(3, n)),
        ),
      )
    expect(sparse([2 ** 20, 2 ** 20], 7, [2], [1], [2])).toMatch(/1,099,511,627,776 elements of which the file lists 2/)
    expect(sparse([6], 7, [2], [1], [6])).toMatch(/index 1 .* outside/)
    expect(sparse([6], 7, [2], [1], varint(-1))).toMatch(/index 1 .* outside/)
    expect(sparse([6], 7, [2], [3], [3])).toMatch(/not after the one before/)
    expect(sparse([2, 3], 7, [2, 2], [0], [1], [0], [3])).toMatch(/index 1 .* outside/)
    expect(sparse([6], 7, [3], [1], [2], [3])).toMatch(/must be \[n\]/)
    expect(sparse([6], 7, [])).toMatch(/needs 1 number/)
  })
})

describe('Graphs', () => {
  it('in attributes of graphs are refused where they go too deep', () => {
    let nested: Bytes = bytesField(1, textField(4, 'If'))
    for (let depth = 0; depth < 40; depth++)
      nested = bytesField(1, textField(4, 'If'), bytesField(5, textField(1, 'b'), bytesField(6, nested)))
    expect(graph(nested)).toMatch(/100 messages deep/)
  })

  it('ten thousand deep are refused', () => {
    let inner: Uint8Array = Uint8Array.from(bytesField(1, textField(4, 'If')))
    const layers: Bytes[] = []
    let length = inner.length
    for (let depth = 0; depth < 10_000; depth++) {
      const graphHead = [0x32, ...varint(length)]
      const attribute = [0x0a, 1, 0x62, ...graphHead]
      const attributeHead = [0x2a, ...varint(attribute.length + length)]
      const body = [...textField(4, 'If'), ...attributeHead, ...attribute]
      const head = [0x0a, ...varint(body.length + length), ...body]
      layers.push(head)
      length += head.length
    }
    inner = Uint8Array.from([...layers.reverse().flat(), ...inner])
    expect(inner.length).toBeGreaterThan(150_000)
    expect(graph([...inner])).toMatch(/100 messages deep/)
  })

  it('with types in types ten thousand deep are refused', () => {
    const layers: Bytes[] = []
    let length = 0
    for (let depth = 0; depth < 10_000; depth++) {
      const inner = [0x0a, ...varint(length)]
      const head = [0x22, ...varint(inner.length + length), ...inner]
      layers.push(head)
      length += head.length
    }
    expect(graph(bytesField(11, textField(1, 'x'), bytesField(2, layers.reverse().flat())))).toMatch(/messages deep/)
  })

  it('with two values, inputs, initialisers or attributes of one name are refused', () => {
    const weight = bytesField(5, rawTensor(2, [1], [1], 'w'))
    const input = bytesField(11, textField(1, 'x'))
    const twice = bytesField(5, textField(1, 'axis'), numberField(3, 1), numberField(20, 2))
    expect(graph(weight, weight)).toMatch(/two of the initialisers "w"/)
    expect(graph(input, input)).toMatch(/two of the inputs "x"/)
    expect(graph(node('A', [], ['y']), node('B', [], ['y']))).toMatch(/two of the values "y"/)
    expect(graph(weight, node('A', [], ['w']))).toMatch(/two of the values "w"/)
    expect(graph(input, node('A', [], ['x']))).toMatch(/two of the values "x"/)
    expect(graph(node('A', [], ['y'], twice, twice))).toMatch(/two of .*attributes "axis"/)
    // An input may have an initialiser as its usual value, and outputs may be left out.
    const taken = model(bytesField(11, textField(1, 'w')), weight, node('A', [], ['', '', 'y']))
    expect(decodeOnnx(taken).graph.initializers).toHaveLength(1)
  })

  it('with messages that say nothing are refused at the first, however many there are', () => {
    const many = (id: number) => new Array(100_000).fill(bytesField(id)).flat()
    expect(graph(many(1))).toMatch(/has no operator/)
    expect(graph(many(5))).toMatch(/element type 0/)
    expect(graph(many(11))).toMatch(/has no name/)
    expect(graph(many(13))).toMatch(/has no name/)
    expect(graph(node('A', [], ['y'], many(5)))).toMatch(/has no name/)
  })

  it('with more messages than any network has are refused', () => {
    // A node of one operator and nothing else, in 5 bytes.
    const one = bytesField(1, textField(4, 'A'))
    const many = new Uint8Array((2 ** 18 + 1) * one.length).map((_, i) => one[i % one.length])
    const head = [0x3a, ...varint(many.length)]
    const bytes = new Uint8Array(head.length + many.length)
    bytes.set(head)
    bytes.set(many, head.length)
    expect(() => decodeOnnx(bytes)).toThrow(/more than 262144 messages in one list/)
  })

  it('with attributes of no known type are refused', () => {
    const attribute = (...fields: readonly Bytes[]) => graph(node('A', [], ['y'], bytesField(5, ...fields)))
    expect(attribute(textField(1, 'a'), numberField(20, 15))).toMatch(/"a" is of type 15.*1 to 14/)
    expect(attribute(textField(1, 'a'))).toMatch(/"a" is of type 0/)
    expect(attribute(textField(1, 'a'), numberField(20, 4))).toMatch(/should be a tensor but has no value/)
    expect(attribute(textField(1, 'a'), numberField(20, 5))).toMatch(/should be a graph but has no value/)
  })

  it('that come twice are refused', () => {
    const twice = [...model(node('A', [], ['y'])), ...model(node('A', [], ['y']))]
    expect(refusal(() => decodeOnnx(Uint8Array.from(twice)))).toMatch(/the graph occurs twice/)
  })

  it('with names as long as books are refused in short words', () => {
    const book = 'x'.repeat(100_000)
    expect(graph(node('A', [], [book]), node('A', [], [book])).length).toBeLessThan(300)
  })
})

describe('Data beside the model', () => {
  const entry = (key: string, text: string) => bytesField(13, textField(1, key), textField(2, text))
  const outside = (...entries: readonly Bytes[]) =>
    model(bytesField(5, numberField(1, 4), numberField(2, 2), textField(8, 'w'), ...entries, numberField(14, 1)))
  const read = (...entries: readonly Bytes[]) =>
    refusal(() => decodeOnnx(outside(...entries), { external: () => new Uint8Array(4) }))

  it.each([
    ...['/etc/passwd', '../w', 'a/../../w', 'a/..', '..', 'C:/w', 'c:w', '\\\\host\\w', 'a\\..\\w', '', '.', 'a//b'],
    ...['a/', 'w\0.bin', 'file:w', './../w'],
  ])('may not lie at %j', (location) => {
    expect(read(entry('location', location))).toMatch(/its own folder or below/)
  })

  it('must lie within its file', () => {
    const location = entry('location', 'w')
    expect(read(location, entry('offset', '1'))).toMatch(/4 bytes of .* from byte 1 on.*has 4/)
    expect(read(location, entry('offset', '9007199254740991'))).toMatch(/from byte 9007199254740991/)
    expect(read(location, entry('length', '2'))).toMatch(/needs 4 bytes, the file has 2/)
    expect(read(location, entry('length', '5'))).toMatch(/5 bytes of .* from byte 0/)
    for (const text of ['-1', '1e3', ' 1', '', '0x10', '99999999999999999'])
      expect(read(location, entry('offset', text))).toMatch(/must be a whole number/)
    expect(read(location, location)).toMatch(/two entries "location"/)
    expect(read()).toMatch(/its own folder/)
  })

  it('is asked for where nobody says how to read it', () => {
    expect(refusal(() => decodeOnnx(outside(entry('location', 'w.bin'))))).toMatch(/"w.bin".*readOnnx/)
  })
})
