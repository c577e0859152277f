import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { HostTensor } from '../formats/host.ts'
import { encodeSafetensors } from '../formats/safetensors.ts'
import { readNpz, readSafetensors, writeNpz } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'convoke-weights-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)

const tensors: Record<string, HostTensor> = { w: { dtype: 'float32', shape: [2], data: Float32Array.of(1, -2) } }

describe('Files of weights', () => {
  it('are safetensors, whole', async () => {
    writeFileSync(at('w.safetensors'), encodeSafetensors(tensors))
    expect((await readSafetensors(at('w.safetensors'))).tensors).toEqual(tensors)
    writeFileSync(at('no.safetensors'), 'no')
    await expect(readSafetensors(at('no.safetensors'))).rejects.toThrow(/no\.safetensors: safetensors: /)
  })

  it('are safetensors by an index, from its own folder alone', async () => {
    const index = (path: string) => {
      writeFileSync(at('i.json'), JSON.stringify({ weight_map: { w: path } }))
      return readSafetensors(at('i.json'))
    }
    writeFileSync(at('s.safetensors'), encodeSafetensors(tensors))
    expect((await index('s.safetensors')).tensors).toEqual(tensors)
    await expect(index('gone.safetensors')).rejects.toThrow(/gone\.safetensors: a part of .*there is no such file/)
    await expect(index('../s.safetensors')).rejects.toThrow(/its own folder/)
    const elsewhere = mkdtempSync(join(tmpdir(), 'convoke-elsewhere-'))
    try {
      writeFileSync(join(elsewhere, 's.safetensors'), encodeSafetensors(tensors))
      symlinkSync(join(elsewhere, 's.safetensors'), at('link.safetensors'))
      await expect(index('link.safetensors')).rejects.toThrow(/a link that leads out of the folder/)
    } finally {
      rmSync(elsewhere, { recursive: true })
    }
  })

  it('are NPZ, written whole', async () => {
    for (const compress of [true, false]) {
      await writeNpz(at('npz/w.npz'), tensors, { compress })
      expect(readdirSync(at('npz'))).toEqual(['w.npz'])
      expect(await readNpz(at('npz/w.npz'))).toEqual(tensors)
    }
    writeFileSync(at('no.npz'), 'no')
    await expect(readNpz(at('no.npz'))).rejects.toThrow(/no\.npz: 2 bytes are too few/)
  })
})
