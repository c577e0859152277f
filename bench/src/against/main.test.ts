import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as convoke from 'convoke'
import { describe, expect, it } from 'vitest'
import { layers } from '../layers.ts'
import { calls, layerCase, stepCase } from './cases.ts'
import { against } from './main.ts'

describe('--against', () => {
  it('refuses a folder in which nothing was built', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'convoke-against-'))
    try {
      await expect(against(folder, undefined, true)).rejects.toThrow(/holds no built library. Name a checkout/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('has rows that run, and leave nothing behind', async () => {
    await convoke.useBackend('wasm')
    const small = layers.filter(({ name }) => /text k3|@7$/.test(name))
    expect(small).toHaveLength(2)
    for (const subject of [...small.map((layer) => layerCase(layer)), layerCase(small[0], 2), ...calls]) {
      const before = convoke.memory().buffers
      const { run, dispose } = subject.prepare(convoke)
      run()
      dispose()
      expect(convoke.memory().buffers, subject.name).toBe(before)
    }
    const { run, dispose } = stepCase.prepare(convoke)
    run()
    const after = convoke.memory().buffers
    run()
    expect(convoke.memory().buffers).toBe(after)
    dispose()
  })
})
