import { describe, expect, it } from 'vitest'
import { tensor } from '../tensor/index.ts'
import { decodeSafetensors, encodeSafetensors, fromHost, type HostTensor, halfToNumber, toHost } from './index.ts'

/** A file put together by hand, as the format's definition says. */
function file(header: unknown, data: readonly number[]): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + data.length)
  bytes[0] = text.length
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}

const sample: Record<string, HostTensor> = {
  mask: { dtype: 'bool', shape: [3], data: new Uint8Array([1, 0, 1]) },
  weight: { dtype: 'float32', shape: [2, 1], data: new Float32Array([1.5, -0.1]) },
  steps: { dtype: 'int32', shape: [], data: new Int32Array([-7]) },
  bytes: { dtype: 'uint8', shape: [0], data: new Uint8Array(0) },
}

describe('safetensors', () => {
  it('come back as they were written, to the bit', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(sample, { made: 'by a test' }))
    expect(tensors).toEqual(sample)
    expect(metadata).toEqual({ made: 'by a test' })
  })

  it('lie as the format says: a header of a multiple of 8 bytes, then the numbers without gaps', () => {
    const bytes = encodeSafetensors(sample)
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
    expect(header.weight).toEqual({ dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] })
    expect(header.steps).toEqual({ dtype: 'I32', shape: [], data_offsets: [8, 12] })
    expect(header.mask).toEqual({ dtype: 'BOOL', shape: [3], data_offsets: [12, 15] })
    expect(bytes.length).toBe(8 + length + 15)
  })

  it('are read in the other dtypes of the format', () => {
    const half = file({ x: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } }, [0x00, 0x3c, 0x00, 0xc0])
    expect(Array.from(decodeSafetensors(half).tensors['x'].data)).toEqual([1, -2])
    const bfloat = file({ x: { dtype: 'BF16', shape: [1], data_offsets: [0, 2] } }, [0x40, 0x40])
    expect(Array.from(decodeSafetensors(bfloat).tensors['x'].data)).toEqual([3])
    const long = file(
      { x: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } },
      [0xfe, 255, 255, 255, 255, 255, 255, 255],
    )
    expect(decodeSafetensors(long).tensors['x']).toEqual({ dtype: 'int32', shape: [1], data: new Int32Array([-2]) })
    const huge = file({ x: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, [0, 0, 0, 0, 1, 0, 0, 0])
    expect(() => decodeSafetensors(huge)).toThrow('element 0 of x is 4294967296, which int32 cannot hold')
  })

  it('half precision covers its whole range', () => {
    expect([0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x8000].map(halfToNumber)).toEqual([
      2 ** -24,
      1023 * 2 ** -24,
      65504,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
    ])
    expect(halfToNumber(0x7e00)).toBeNaN()
  })

  it('are refused in clear words when damaged', () => {
    const whole = encodeSafetensors(sample)
    expect(() => decodeSafetensors(whole.subarray(0, 6))).toThrow(
      'not a safetensors file, or only the beginning of one',
    )
    expect(() => decodeSafetensors(whole.subarray(0, whole.length - 1))).toThrow('It was cut short or damaged.')
    expect(() => decodeSafetensors(file('nonsense', []))).toThrow('the header is not JSON')
    expect(() => decodeSafetensors(file({ x: { dtype: 'F4', shape: [1], data_offsets: [0, 1] } }, [1]))).toThrow(
      'x has dtype "F4"',
    )
    expect(() => decodeSafetensors(file({ x: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, [1]))).toThrow(
      'says nothing usable about x',
    )
    expect(() => encodeSafetensors({ x: { dtype: 'uint8', shape: [3], data: new Uint8Array(2) } })).toThrow(
      'x has 2 values, its shape [3] holds 3',
    )
  })

  it('carry tensors from and to a backend', async () => {
    const host = await toHost({ a: tensor([[1, 2]]), b: tensor([3], { dtype: 'int32' }) })
    const back = fromHost(decodeSafetensors(encodeSafetensors(host)).tensors)
    expect(back['a'].toArray()).toEqual([[1, 2]])
    expect(back['b'].dtype).toBe('int32')
  })
})
