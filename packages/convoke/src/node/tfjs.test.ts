import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { graphModel, graphShards } from '../testing/tfjs-samples.ts'
import { readTfjs } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'convoke-tfjs-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function put(name: string, model: object = graphModel): string {
  const folder = join(root, name)
  for (const [path, bytes] of graphShards()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(model))
  return join(folder, 'model.json')
}

describe('A folder with a model of TensorFlow.js', () => {
  it('is read with its shards', async () => {
    const { weights, kind } = await readTfjs(put('whole'))
    expect(kind).toBe('graph')
    expect(weights[0].values).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
    expect(weights.at(-2)?.values).toEqual(Float32Array.of(1, -2))
  })

  it('is refused without a shard, or with a shorter one, by name', async () => {
    const path = put('short')
    writeFileSync(join(dirname(path), 'group1-shard2of2.bin'), new Uint8Array(3))
    await expect(readTfjs(path)).rejects.toThrow(/short.model\.json: tfjs: the weight "w" needs 24 bytes .* have 13/)
    rmSync(join(dirname(path), 'group1-shard2of2.bin'))
    await expect(readTfjs(path)).rejects.toThrow(/shard2of2\.bin: a part of .* cannot be read: there is no such file/)
  })

  it('may not lead out of itself, by a path or by a link', async () => {
    const elsewhere = [{ paths: ['../whole/sub/group2.bin'], weights: [] }]
    await expect(readTfjs(put('path', { ...graphModel, weightsManifest: elsewhere }))).rejects.toThrow(/its own folder/)
    const path = put('link')
    rmSync(join(dirname(path), 'sub', 'group2.bin'))
    symlinkSync(join(root, 'path', 'sub', 'group2.bin'), join(dirname(path), 'sub', 'group2.bin'))
    await expect(readTfjs(path)).rejects.toThrow(/a link that leads out of the folder/)
  })

  it('is refused where model.json is no text', async () => {
    const path = put('text')
    writeFileSync(path, Uint8Array.of(0x7b, 0xff, 0x7d))
    await expect(readTfjs(path)).rejects.toThrow(/not UTF-8 text/)
  })
})
