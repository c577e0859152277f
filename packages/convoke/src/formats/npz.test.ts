import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ConvokeError } from '../shapes/error.ts'
import type { HostTensor } from './host.ts'
import { encodeNpy } from './npy.ts'
import { decodeNpz, encodeNpz } from './npz.ts'

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))

// NumPy 2.4.6: savez and savez_compressed of {'layer1/weight': float32 [[1.5, -2], [0.25, 4]], 'bias': float64 [1, 2, 3], 'n': int64 7}.
const stored = fromBase64(
  'UEsDBC0AAAAAAAAAIQDqTMYF//////////8RABQAbGF5ZXIxL3dlaWdodC5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAADAPwAAAMAAAIA+AACAQFBLAwQtAAAAAAAAACEAKsEdRP//////////CAAUAGJpYXMubnB5AQAQAJgAAAAAAAAAmAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQFBLAwQtAAAAAAAAACEAI7jwbP//////////BQAUAG4ubnB5AQAQAIgAAAAAAAAAiAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgcAAAAAAAAAUEsBAi0DLQAAAAAAAAAhAOpMxgWQAAAAkAAAABEAAAAAAAAAAAAAAIABAAAAAGxheWVyMS93ZWlnaHQubnB5UEsBAi0DLQAAAAAAAAAhACrBHUSYAAAAmAAAAAgAAAAAAAAAAAAAAIAB0wAAAGJpYXMubnB5UEsBAi0DLQAAAAAAAAAhACO48GyIAAAAiAAAAAUAAAAAAAAAAAAAAIABpQEAAG4ubnB5UEsFBgAAAAADAAMAqAAAAGQCAAAAAA==',
)
const compressed = fromBase64(
  'UEsDBC0AAAAIAAAAIQDqTMYF//////////8RABQAbGF5ZXIxL3dlaWdodC5ucHkBABAAkAAAAAAAAABTAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkaaOgq1CmQDLgaGA/YMQIKBocEOiB0AUEsDBC0AAAAIAAAAIQAqwR1E//////////8IABQAYmlhcy5ucHkBABAAmAAAAAAAAABQAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GMPhgD6EZHCAUhwMAUEsDBC0AAAAIAAAAIQAjuPBs//////////8FABQAbi5ucHkBABAAiAAAAAAAAABGAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5Gpo6CrUKFAEudgYIAABQSwECLQMtAAAACAAAACEA6kzGBVMAAACQAAAAEQAAAAAAAAAAAAAAgAEAAAAAbGF5ZXIxL3dlaWdodC5ucHlQSwECLQMtAAAACAAAACEAKsEdRFAAAACYAAAACAAAAAAAAAAAAAAAgAGWAAAAYmlhcy5ucHlQSwECLQMtAAAACAAAACEAI7jwbEYAAACIAAAABQAAAAAAAAAAAAAAgAEgAQAAbi5ucHlQSwUGAAAAAAMAAwCoAAAAnQEAAAAA',
)

const arrays: Record<string, HostTensor> = {
  'layer1/weight': { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1.5, -2, 0.25, 4) },
  bias: { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) },
  n: { dtype: 'int32', shape: [], data: Int32Array.of(7) },
}

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)]
const u16 = (value: number): number[] => [value & 0xff, value >>> 8]
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)]

interface File {
  readonly name: string
  readonly data: readonly number[]
  readonly size?: number
  readonly crc?: number
  readonly method?: number
  readonly flags?: number
  /** Where the directory says that it is. */
  readonly at?: number
}

/** An archive by the definition: local headers with their data, the directory, its end. */
function zip(files: readonly File[], count = files.length): Uint8Array {
  const local: number[] = []
  const directory: number[] = []
  for (const { name, data, size = data.length, crc = 0, method = 0, flags = 0, at = local.length } of files) {
    const own = utf8(name)
    const middle = [...u16(flags), ...u16(method), ...u32(0), ...u32(crc), ...u32(data.length), ...u32(size)]
    directory.push(...u32(0x02014b50), ...u16(20), ...u16(20), ...middle, ...u16(own.length))
    directory.push(...new Array(12).fill(0), ...u32(at), ...own)
    local.push(...u32(0x04034b50), ...u16(20), ...middle, ...u16(own.length), ...u16(0), ...own, ...data)
  }
  const end = [...u32(0x06054b50), ...u32(0), ...u16(count), ...u16(count)]
  return Uint8Array.from([...local, ...directory, ...end, ...u32(directory.length), ...u32(local.length), ...u16(0)])
}

function refusal(bytes: Uint8Array): string {
  const before = process.memoryUsage().arrayBuffers
  const started = performance.now()
  try {
    decodeNpz('x.npz', bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(ConvokeError)
    expect(performance.now() - started).toBeLessThan(1000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
    return (error as Error).message
  }
  throw new Error('it was taken')
}

describe('NPZ', () => {
  it('is read as NumPy writes it, stored and deflated', () => {
    expect(decodeNpz('x.npz', stored)).toEqual(arrays)
    expect(decodeNpz('x.npz', compressed)).toEqual(arrays)
  })

  it('is read again as it was written, and the same arrays give the same bytes', () => {
    const masks: Record<string, HostTensor> = {
      ...arrays,
      mask: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
      none: { dtype: 'uint8', shape: [0, 3], data: new Uint8Array(0) },
    }
    for (const compress of [false, true]) {
      const bytes = encodeNpz(masks, { compress })
      expect(decodeNpz('x.npz', bytes)).toEqual(masks)
      expect(encodeNpz(masks, { compress })).toEqual(bytes)
    }
    expect(encodeNpz(masks, { compress: true }).length).toBeLessThan(encodeNpz(masks).length)
    expect(decodeNpz('x.npz', encodeNpz({}))).toEqual({})
  })

  it('with names that would lead elsewhere is neither read nor written', () => {
    const data = [...encodeNpy(arrays['n'])]
    for (const name of ['../n', '/n', 'a/../n', 'C:n', 'a\\n']) {
      expect(refusal(zip([{ name: `${name}.npy`, data }]))).toMatch(/its own folder or below/)
      expect(() => encodeNpz({ [name]: arrays['n'] })).toThrow(ConvokeError)
    }
  })

  it('is refused where two files have one name, or one is no array', () => {
    const data = [...encodeNpy(arrays['n'])]
    const file = { name: 'n.npy', data }
    expect(refusal(zip([file, file]))).toMatch(/two files "n.npy"/)
    expect(refusal(zip([{ name: 'n.txt', data }]))).toMatch(/holds "n.txt", which is not an NPY file/)
    expect(refusal(zip([{ name: '.npy', data }]))).toMatch(/not an NPY file/)
    expect(refusal(zip([{ ...file, flags: 1 }]))).toMatch(/encrypted/)
    expect(refusal(zip([{ ...file, method: 12 }]))).toMatch(/method 12/)
  })

  it('is refused where a file claims what its bytes cannot hold', () => {
    const data = [...deflateRawSync(new Uint8Array(100))]
    const packed = { name: 'n.npy', data, method: 8 }
    expect(refusal(zip([{ ...packed, size: 2 ** 31 }]))).toMatch(/to 2147483648 bytes, which is impossible/)
    expect(refusal(zip([{ name: 'n.npy', data, size: 5 }]))).toMatch(/is impossible/)
    // What it says is neither what it holds nor less.
    expect(refusal(zip([{ ...packed, size: 200 }]))).toMatch(/has 100 bytes, but the directory says 200/)
    expect(refusal(zip([{ ...packed, size: 50 }]))).toMatch(/checksum/)
    expect(refusal(zip([{ ...packed, data: data.slice(0, 2), size: 100 }]))).toMatch(/cannot be unpacked|has \d+ bytes/)
  })

  it('is refused where files share their bytes, as in archives that are made to fill memory', () => {
    const zeros = [...deflateRawSync(new Uint8Array(2 ** 20))]
    const files = Array.from({ length: 500 }, (_, i) => ({
      ...{ name: `${i}.npy`, data: i === 0 ? zeros : [], method: 8, size: 2 ** 20, at: 0 },
    }))
    expect(refusal(zip(files))).toMatch(/is impossible/)
    const bytes = zip(files)
    const view = new DataView(bytes.buffer)
    // Each says that it has the first one's bytes.
    for (let at = 0; at < bytes.length - 4; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 20, zeros.length, true)
    expect(refusal(bytes)).toMatch(/They share bytes/)
  })

  it('is refused where it is cut, at every length', () => {
    for (let length = 0; length < stored.length; length += 7)
      expect(() => decodeNpz('x.npz', stored.subarray(0, length))).toThrow(ConvokeError)
  })

  it('is refused where a bit of an array is another', () => {
    const at = 39 + 20 + 128 + 3
    const changed = stored.slice()
    changed[at] ^= 0x10
    expect(refusal(changed)).toMatch(/"layer1\/weight.npy": its checksum/)
  })

  it('is refused where its directory says more than there is', () => {
    const file = { name: 'n.npy', data: [...encodeNpy(arrays['n'])] }
    expect(refusal(zip([file], 2))).toMatch(/ends too early/)
    expect(refusal(zip([{ ...file, at: 7 }]))).toMatch(/not where the directory says/)
    expect(refusal(zip([{ ...file, at: 0xfffffff0 }]))).toMatch(/not where the directory says/)
  })
})
