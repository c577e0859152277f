import { describe, expect, it } from 'vitest'
import * as formats from './index.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

describe('gzip', () => {
  it('packs and unpacks, and leaves plain data alone', async () => {
    const plain = bytesOf('a'.repeat(1000))
    const packed = await formats.gzip(plain)
    expect(packed.length).toBeLessThan(100)
    expect(await formats.gunzip('x', packed)).toEqual(plain)
    expect(await formats.gunzip('x', plain)).toBe(plain)
  })
  it('says which file is damaged', async () => {
    const packed = await formats.gzip(bytesOf('a'.repeat(1000)))
    await expect(formats.gunzip('train.gz', packed.subarray(0, 15))).rejects.toThrow(
      /train\.gz: the gzip data is damaged or cut short .* Download it again\./,
    )
  })
})

describe('IDX', () => {
  it('reads what its definition describes', () => {
    const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 255)
    expect(formats.decodeIdx('f', file)).toEqual({ dtype: 'uint8', shape: [2, 1], data: Uint8Array.of(7, 255) })
    const shorts = Uint8Array.of(0, 0, 11, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 0)
    expect(formats.decodeIdx('f', shorts).data).toEqual(Int32Array.of(-2, 256))
  })
  it.each([
    { dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(1, 2, 3, 4) },
    { dtype: 'int32', shape: [2], data: Int32Array.of(-5, 1e9) },
    { dtype: 'float32', shape: [1, 2], data: Float32Array.of(0.1, -3) },
  ] as const)('brings $dtype back', (array) => {
    expect(formats.decodeIdx('f', formats.encodeIdx(array))).toEqual(array)
  })
  it('refuses other files and short ones by name', () => {
    expect(() => formats.decodeIdx('labels.gz', bytesOf('hello'))).toThrow('labels.gz: this is not an IDX file')
    expect(() => formats.decodeIdx('f', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 5, 1))).toThrow(
      'f: the header states [5], 13 bytes in all; the file has 9.',
    )
  })
})

describe('NPY', () => {
  // Written by NumPy 2.4.6: np.save of asfortranarray([[1, 2, 3], [4, 5, 6]], '>i2'), [[1.5, -2]] in '<f8', [True, False].
  it.each([
    [
      'column-major, big-endian',
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQAEAAIABQADAAY=',
      { dtype: 'int32', shape: [2, 3], data: Int32Array.of(1, 2, 3, 4, 5, 6) },
    ],
    [
      'float64',
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAAAADA',
      { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1.5, -2) },
    ],
    [
      'bool',
      'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==',
      { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
    ],
  ] as const)('reads NumPy: %s', (_, file, expected) => {
    expect(formats.decodeNpy('f', fromBase64(file))).toEqual(expected)
  })
  it.each([
    { dtype: 'float32', shape: [2, 1], data: Float32Array.of(0.1, -3) },
    { dtype: 'int32', shape: [3], data: Int32Array.of(-5, 1e9, 0) },
    { dtype: 'uint8', shape: [], data: Uint8Array.of(9) },
  ] as const)('brings $dtype $shape back, with data at a multiple of 64', (array) => {
    const file = formats.encodeNpy(array)
    expect(formats.decodeNpy('f', file)).toEqual(array)
    expect((file.length - array.data.byteLength) % 64).toBe(0)
  })
  it('refuses what it cannot hold', () => {
    expect(() => formats.decodeNpy('x.npy', bytesOf('nothing here'))).toThrow('x.npy: this is not an NPY file')
    const complex = formats.encodeNpy({ dtype: 'float32', shape: [1], data: Float32Array.of(1) })
    complex.set(bytesOf('<c8'), 10 + "{'descr': '".length)
    expect(() => formats.decodeNpy('x.npy', complex)).toThrow('does not describe an array of plain numbers')
    const short = formats.encodeNpy({ dtype: 'float32', shape: [1], data: Float32Array.of(1) })
    expect(() => formats.decodeNpy('x.npy', short.subarray(0, -1))).toThrow('needs 4 bytes, the file has 3')
  })
})

describe('TensorBoard events', () => {
  it('have the checksums of CRC-32C', () => {
    // RFC 3720, appendix B.4: 32 bytes of zeros, of ones, and counting up.
    expect(formats.crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(formats.crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
    expect(formats.crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  })
  it('are framed records of protocol buffers', () => {
    const record = formats.encodeScalars({ time: 2, step: 300, values: { 'a/b': 0.5 } })
    const view = new DataView(record.buffer)
    const length = view.getUint32(0, true)
    expect(record.length).toBe(length + 16)
    expect(Array.from(record.subarray(12, 12 + length))).toEqual([
      ...[0x09, 0, 0, 0, 0, 0, 0, 0, 0x40], // wall_time = 2.0
      ...[0x10, 0xac, 0x02], // step = 300
      ...[0x2a, 12, 0x0a, 10], // summary { value {
      ...[0x0a, 3, 0x61, 0x2f, 0x62], // tag = "a/b"
      ...[0x15, 0, 0, 0, 0x3f], // simple_value = 0.5
    ])
    const masked = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
    expect(view.getUint32(8, true)).toBe(masked(formats.crc32c(record.subarray(0, 8))))
    expect(view.getUint32(12 + length, true)).toBe(masked(formats.crc32c(record.subarray(12, 12 + length))))
    expect(new TextDecoder().decode(formats.eventFileStart(1))).toContain('brain.Event:2')
  })
})

describe('delimited text', () => {
  const rows = (text: string, delimiter?: ',' | '\t') =>
    formats.parseDelimited('t', text, delimiter).map(({ fields }) => fields)
  it('follows RFC 4180', () => {
    expect(rows('a,b\r\n"x, ""y""",\n\n1,2')).toEqual([
      ['a', 'b'],
      ['x, "y"', ''],
      ['1', '2'],
    ])
    expect(rows('1,2,')).toEqual([['1', '2', '']])
    expect(rows('\ufeffa\n')).toEqual([['a']])
    expect(rows('say "hi"\tb', '\t')).toEqual([['say "hi"', 'b']])
  })
  it('knows the line of each row, also after line breaks within fields', () => {
    expect(formats.parseDelimited('t', '"a\nb",1\nc,2').map(({ line }) => line)).toEqual([1, 3])
  })
  it('says where a quotation mark was left open', () => {
    expect(() => rows('a,b\n"c,d\n')).toThrow('t, line 2: a quotation mark is never closed')
  })
})

describe('XML', () => {
  it('reads elements, text and entities, and skips the rest', () => {
    const root = formats.parseXml(
      'f',
      '<?xml version="1.0"?><a x="1"><!-- <no> --><b>1 &lt; 2 &#65;</b><b/><c><![CDATA[<d>]]></c></a>',
    )
    expect(root).toEqual({
      name: 'a',
      text: '',
      children: [
        { name: 'b', text: '1 < 2 A', children: [] },
        { name: 'b', text: '', children: [] },
        { name: 'c', text: '<d>', children: [] },
      ],
    })
    expect(formats.childOf(root, 'c')?.text).toBe('<d>')
  })
  it.each([
    ['<a><b></a>', 'f.xml: </a> closes <b>'],
    ['<a><b>', 'f.xml: <b> is never closed'],
    ['plain text', 'there is no XML in it'],
    ['</a>', '</a> closes nothing'],
  ])('refuses %s', (text, message) => {
    expect(() => formats.parseXml('f.xml', text)).toThrow(message)
  })
})
