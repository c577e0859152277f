import { describe, expect, it } from 'vitest'
import type { HostTensor } from './host.ts'
import { encodeSafetensors } from './safetensors.ts'
import { decodeSafetensorsIndex, safetensorsShards } from './safetensors-index.ts'

const tensor = (...values: number[]): HostTensor => ({
  ...{ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) },
})

const shards: Record<string, Uint8Array> = {
  'a.safetensors': encodeSafetensors({ one: tensor(1), two: tensor(2, 2) }, { format: 'pt' }),
  'sub/b.safetensors': encodeSafetensors({ three: tensor(3), one: tensor(9) }),
}
const read = (path: string) => shards[path]
const index = (map: object) => JSON.stringify({ metadata: { total_size: 16 }, weight_map: map })

describe('An index of safetensors', () => {
  it('names tensors over several files, in its own order, each from the file it names', () => {
    const json = index({ three: './sub/b.safetensors', one: 'a.safetensors', two: 'a.safetensors' })
    expect(safetensorsShards(json)).toEqual(['sub/b.safetensors', 'a.safetensors'])
    const { tensors, metadata } = decodeSafetensorsIndex(json, read)
    expect(tensors).toEqual({ three: tensor(3), one: tensor(1), two: tensor(2, 2) })
    expect(Object.keys(tensors)).toEqual(['three', 'one', 'two'])
    expect(metadata).toEqual({ format: 'pt' })
  })

  it('is refused where a file has not what it names', () => {
    expect(() => decodeSafetensorsIndex(index({ four: 'a.safetensors' }), read)).toThrow(
      /"four" is in "a.safetensors", but it is not/,
    )
  })

  it.each(['../a.safetensors', '/a.safetensors', 'C:a', 'a\\b', 'x/../../a', ''])('may not name %j', (path) => {
    expect(() => safetensorsShards(index({ one: path }))).toThrow(/its own folder or below/)
  })

  it('is refused where it is none, or names a tensor twice', () => {
    expect(() => safetensorsShards('{')).toThrow(/not JSON/)
    expect(() => safetensorsShards('{}')).toThrow(/weight_map/)
    expect(() => safetensorsShards(index({ one: 3 }))).toThrow(/"weight_map.one" is 3/)
    expect(() => safetensorsShards('{"weight_map": {"a": "x", "a": "y"}}')).toThrow(/twice/)
    expect(() => safetensorsShards('['.repeat(100_000))).toThrow(/200 deep/)
  })
})
