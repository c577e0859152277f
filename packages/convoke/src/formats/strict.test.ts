// Files that are not what they say: refused in words, before memory is taken for what they promise.

import { describe, expect, it } from 'vitest'
import { ConvokeError } from '../shapes/error.ts'
import { decodeIdx, decodeNpy, decodeSafetensors, encodeScalars, eventFileStart, gunzip, gzip } from './index.ts'
import { repeatedKey } from './json-keys.ts'
import { eventRecords } from './tensorboard-read.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A safetensors file put together by hand: 8 bytes of length, the header, the data. */
function safetensors(header: unknown, data: number, length?: number): Uint8Array {
  const text = utf8(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + data)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true)
  bytes.set(text, 8)
  return bytes
}

const f32 = (from: number, to: number, shape: unknown = [(to - from) / 4], dtype: unknown = 'F32') => ({
  ...{ dtype, shape, data_offsets: [from, to] },
})

describe('safetensors', () => {
  it('refuses tensors that overlap, which would take more memory than the file has bytes', () => {
    // 1000 names for the same 400 KB: 400 MB from a file of half a megabyte.
    const size = 400_000
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, f32(0, size)]))
    const before = process.memoryUsage().arrayBuffers
    expect(() => decodeSafetensors(safetensors(many, size))).toThrow(
      't1 begins at byte 0, t0 ends at 400000. Tensors may neither overlap nor leave gaps',
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10e6)
    expect(() => decodeSafetensors(safetensors({ a: f32(0, 8), b: f32(4, 12) }, 12))).toThrow('b begins at byte 4')
  })

  it('refuses gaps before, between and after the tensors, as the format does', () => {
    expect(() => decodeSafetensors(safetensors({ a: f32(4, 8) }, 8))).toThrow(
      'a begins at byte 4, the header ends at 0',
    )
    expect(() => decodeSafetensors(safetensors({ a: f32(0, 4), b: f32(8, 12) }, 12))).toThrow('b begins at byte 8')
    expect(() => decodeSafetensors(safetensors({ a: f32(0, 4) }, 12))).toThrow('8 bytes follow the last tensor')
    expect(() => decodeSafetensors(safetensors({}, 4))).toThrow('4 bytes follow')
  })

  it('takes any order, tensors of nothing, and spaces after the header', () => {
    const header = `${JSON.stringify({ b: f32(4, 8), none: f32(4, 4, [0, 7]), a: f32(0, 4), c: f32(8, 12, []) })}   `
    expect(Object.keys(decodeSafetensors(safetensors(header, 12)).tensors)).toEqual(['b', 'none', 'a', 'c'])
    expect(decodeSafetensors(safetensors({}, 0)).tensors).toEqual({})
  })

  it.each([
    ['a shape that the bytes do not hold', { a: f32(0, 4, [2]) }, 4, 'needs 8 bytes at 0'],
    ['offsets beyond the file', { a: f32(0, 4000) }, 4, 'cut short or damaged'],
    ['a negative length', { a: f32(0, 4, [-1, -1]) }, 4, 'nothing usable about a'],
    ['a fraction', { a: f32(0, 4, [1.5]) }, 4, 'nothing usable about a'],
    [
      'a length beyond exact numbers',
      '{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}',
      4,
      'nothing usable',
    ],
    ['an infinite length', '{"a":{"dtype":"F32","shape":[1e999,0],"data_offsets":[0,0]}}', 0, 'nothing usable'],
    ['a product beyond all numbers', { a: f32(0, 0, Array(40).fill(2 ** 52)) }, 0, 'a of shape'],
    ['more axes than there are', { a: f32(0, 4, Array(100).fill(1)) }, 4, 'nothing usable'],
    ['a shape of texts', { a: f32(0, 4, ['1']) }, 4, 'nothing usable'],
    ['no shape', { a: { dtype: 'F32', data_offsets: [0, 4] } }, 4, 'nothing usable'],
    ['three offsets', { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4, 'nothing usable'],
    ['a dtype that is a name of JavaScript', { a: f32(0, 4, [1], 'constructor') }, 4, 'has dtype "constructor"'],
    ['a dtype that is a number', { a: f32(0, 4, [1], 7) }, 4, 'has dtype 7. Known: F64, F32'],
    ['an entry that is null', { a: null }, 0, 'has dtype undefined'],
    ['an entry that is a list', { a: [1, 2] }, 0, 'has dtype undefined'],
    ['a tensor called __proto__', '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4, '__proto__'],
    [
      'a name that comes twice',
      '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      0,
      'names "a" twice',
    ],
    [
      'a dtype that comes twice',
      '{"a":{"dtype":"F32","dtype":"I32","shape":[0],"data_offsets":[0,0]}}',
      0,
      'names "dtype" twice',
    ],
    ['metadata that is a list', { __metadata__: ['x'] }, 0, '__metadata__ is ["x"]'],
    ['metadata that is null', { __metadata__: null }, 0, '__metadata__ is null'],
    ['metadata of numbers', { __metadata__: { epoch: 3 } }, 0, '"epoch" in __metadata__ is 3'],
    ['a header that is a list', [], 0, 'not an object of JSON'],
    ['a header that is a number', '7', 0, 'not an object of JSON'],
    ['a header that is not UTF-8', '{"a\uD800":1}'.slice(0, 3), 0, 'not JSON'],
    ['a header that nests for ever', '['.repeat(100_000), 0, 'safetensors: the header'],
  ])('refuses %s', (_, header, data, message) => {
    const read = () => decodeSafetensors(safetensors(header, data))
    expect(read).toThrow(ConvokeError)
    expect(read).toThrow(message)
  })

  it.each([0n, 5n, 2n ** 40n, 2n ** 63n, 2n ** 64n - 1n])('refuses a header of %s bytes', (length) => {
    const bytes = safetensors({ a: f32(0, 4) }, 4)
    new DataView(bytes.buffer).setBigUint64(0, length, true)
    expect(() => decodeSafetensors(bytes)).toThrow(ConvokeError)
  })

  it('refuses a double that float32 has no number for, and keeps infinities', () => {
    const double = safetensors({ a: f32(0, 16, [2], 'F64') }, 16)
    const view = new DataView(double.buffer)
    view.setFloat64(double.length - 16, Number.POSITIVE_INFINITY, true)
    expect(Array.from(decodeSafetensors(double).tensors['a'].data)).toEqual([Number.POSITIVE_INFINITY, 0])
    view.setFloat64(double.length - 8, 1e300, true)
    expect(() => decodeSafetensors(double)).toThrow('element 1 of a is 1e+300, which float32 cannot hold')
  })
})

describe('a key that comes twice', () => {
  it.each([
    ['{"a":1,"b":2}', null],
    ['{"a":{"a":1},"b":{"a":[{"a":1},{"a":2}]}}', null],
    ['{"a":1,"a":2}', 'a'],
    ['{"x":[{"k":1,"k":2}]}', 'k'],
    ['{"a":"a","b":"a"}', null],
    ['{"\\"{":1,"}":2}', null],
    ['["a","a"]', null],
    ['{"a" : 1,\n"a"\n\t: 2}', 'a'],
    ['{"ab":1,"a\\u0062":2}', 'ab'],
    ['{"\\\\":1,"\\\\":2}', '\\'],
    ['{"\\"":":","\\\\\\"":"\\\\"}', null],
    ['{"a":["b","b",{"c":"a"}],"b":"c"}', null],
  ])('in %s is %j', (json, key) => expect(repeatedKey(json)).toBe(key))
})

/** An NPY file put together by hand. */
function npy(dictionary: string, data: number, version = 1, length?: number): Uint8Array {
  const wide = version > 1
  const start = wide ? 12 : 10
  const bytes = new Uint8Array(start + dictionary.length + data)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0])
  const view = new DataView(bytes.buffer)
  if (wide) view.setUint32(8, length ?? dictionary.length, true)
  else view.setUint16(8, length ?? dictionary.length, true)
  bytes.set(utf8(dictionary), start)
  return bytes
}

const plain = (shape: string, descr = '<f4'): string =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`

describe('NPY', () => {
  it.each([
    [plain('(2, 3)'), 24, [2, 3]],
    [plain('(4,)'), 16, [4]],
    [plain('()'), 4, []],
    [plain('(2L, 2L)'), 16, [2, 2]],
    [`{"shape": (1, 2), "descr": "<f4", "fortran_order": False}`, 8, [1, 2]],
    [plain('(0, 9)'), 0, [0, 9]],
  ])('%s has %i bytes and the shape %j', (header, data, shape) => {
    for (const version of [1, 2, 3]) expect(decodeNpy('x.npy', npy(header, data, version)).shape).toEqual(shape)
  })

  it.each([
    ['code instead of a literal', plain('(2, 3)').replace('False', 'exit()')],
    ['a name twice', "{'descr': '<f4', 'descr': '<i4', 'fortran_order': False, 'shape': (6,), }"],
    ['no shape', "{'descr': '<f4', 'fortran_order': False, }"],
    ['another key', "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': True, }"],
    ['a negative length', plain('(-1, 6)')],
    ['a length beyond exact numbers', plain('(99999999999999999999,)')],
    ['two commas', plain('(2,,3)')],
    ['a type that is a name of JavaScript', plain('(6,)', '<constructor')],
    ['objects of Python', plain('(6,)', '|O')],
    ['records', "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }"],
    ['words after it', `${plain('(6,)')} more`],
    ['none', ''],
  ])('refuses a header with %s', (_, header) => {
    expect(() => decodeNpy('x.npy', npy(header, 24))).toThrow('does not describe an array of plain numbers')
  })

  it('refuses more than the file has, before memory is taken', () => {
    expect(() => decodeNpy('x.npy', npy(plain('(1000000, 1000000)'), 24))).toThrow(
      'needs 4000000000000 bytes, the file has 24',
    )
    expect(() => decodeNpy('x.npy', npy(plain('(2, 3)'), 24, 2, 4_000_000_000))).toThrow(
      'the header has 4000000000 bytes',
    )
    expect(() => decodeNpy('x.npy', npy(plain('(2, 3)').padEnd(20_000), 24, 2))).toThrow('the header has 20000 bytes')
    expect(() => decodeNpy('x.npy', npy(plain('(2, 3)'), 24, 9))).toThrow('NPY version 9')
  })

  it('refuses a double that float32 has no number for', () => {
    const bytes = npy(plain('(1,)', '<f8'), 8)
    new DataView(bytes.buffer).setFloat64(bytes.length - 8, -1e39, true)
    expect(() => decodeNpy('x.npy', bytes)).toThrow('element 0 is -1e+39, which float32 cannot hold')
  })
})

describe('IDX', () => {
  const idx = (type: number, lengths: readonly number[], data: number): Uint8Array => {
    const bytes = new Uint8Array(4 + 4 * lengths.length + data)
    bytes.set([0, 0, type, lengths.length])
    for (const [axis, length] of lengths.entries()) new DataView(bytes.buffer).setUint32(4 + 4 * axis, length)
    return bytes
  }
  it('refuses more than the file has, before memory is taken', () => {
    expect(() => decodeIdx('x', idx(8, [4_000_000_000, 28, 28], 784))).toThrow('the file has 800')
    expect(() => decodeIdx('x', idx(14, Array(255).fill(4_294_967_295), 8))).toThrow(ConvokeError)
    expect(() => decodeIdx('x', idx(14, [...Array(254).fill(4_294_967_295), 0], 0))).toThrow(ConvokeError)
    expect(() => decodeIdx('x', Uint8Array.of(0, 0, 8, 3, 0))).toThrow('cut short or damaged')
    expect(() => decodeIdx('x', new Uint8Array(0))).toThrow('not an IDX file')
  })
  it('refuses a double that float32 has no number for', () => {
    const bytes = idx(14, [1], 8)
    new DataView(bytes.buffer).setFloat64(8, 1e39)
    expect(() => decodeIdx('x', bytes)).toThrow('element 0 is 1e+39, which float32 cannot hold')
  })
})

describe('gzip', () => {
  it('ends at a limit, whatever the data would unpack to', async () => {
    const bomb = await gzip(new Uint8Array(5_000_000))
    expect(bomb.length).toBeLessThan(10_000)
    expect((await gunzip('x', bomb)).length).toBe(5_000_000)
    await expect(gunzip('x.gz', bomb, 1_000_000)).rejects.toThrow(
      'x.gz: the gzip data unpacks to more than 1000000 bytes',
    )
  })
})

describe('TensorBoard events', () => {
  const files = [
    eventFileStart(1),
    encodeScalars({ time: 2, step: 1, values: { 'train/loss': 0.5 } }),
    encodeScalars({ time: 3, step: 300, values: { a: 1, b: Number.NaN } }),
  ]
  const whole = Uint8Array.from(files.flatMap((bytes) => Array.from(bytes)))
  it('are read back, each with its step', () => {
    const records = eventRecords(whole)
    expect(records.map(({ step }) => step)).toEqual([0, 1, 300])
    expect(records.map(({ bytes }) => Array.from(bytes))).toEqual(files.map((bytes) => Array.from(bytes)))
  })
  it('end before the first record that is cut short or damaged', () => {
    for (let length = 0; length < whole.length; length++) {
      const records = eventRecords(whole.subarray(0, length))
      const complete = [files[0].length, files[0].length + files[1].length].filter((end) => end <= length).length
      expect(records).toHaveLength(complete)
    }
    const damaged = whole.slice()
    damaged[files[0].length + 14] ^= 1
    expect(eventRecords(damaged)).toHaveLength(1)
  })
})
