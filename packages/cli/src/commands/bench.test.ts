// `convoke bench`.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../../test/data-files.ts'
import { searchingModel, smallModel, smallTfjs } from '../../test/model.ts'
import { convoke, words } from '../../test/run.ts'

const run = (cwd: string, line: string) => convoke(cwd, ...words(line))
const quick = '--size 16 --seconds 0.05'

interface Result {
  readonly name: string
  readonly batch: number
  readonly threads: number
  readonly milliseconds: number | null
  readonly runs: number
  readonly memory: number | null
}

describe('bench', () => {
  it('measures each backend, batch and number of threads, all alike, and their memory', async () => {
    const cwd = await folderWith({ 'm.onnx': smallModel() })
    const { stdout, stderr, code } = await run(cwd, `bench m.onnx ${quick} --batch 1,3 --threads 1 --json`)
    expect([code, stderr]).toEqual([0, ''])
    const { results, inputs, notes } = JSON.parse(stdout) as { results: Result[]; inputs: object[]; notes: string[] }
    expect(notes.at(-1)).toMatch(/onnxruntime-node is not installed in .*: npm install onnxruntime-node/)
    expect(inputs).toEqual([{ name: 'input', picture: true, integer: false, shape: [1, 16, 16, 3] }])
    const wasm = results.filter(({ name }) => name === 'convoke wasm')
    expect(wasm.map(({ batch, threads }) => [batch, threads])).toEqual([
      [1, 1],
      [3, 1],
    ])
    for (const { milliseconds, runs, memory } of results) {
      expect(milliseconds).toBeGreaterThan(0)
      expect(runs).toBeGreaterThanOrEqual(3)
      expect(memory).toBeGreaterThan(2 ** 24)
    }
  })

  it('prints a table, for runs as well', async () => {
    const cwd = await folderWith({ 'm.onnx': smallModel() })
    await run(cwd, 'train classify --data digits --examples 40 --size 12 --epochs 1 --threads 1 --out r')
    const { stdout, code } = await run(cwd, `bench r ${quick} --batch 2 --threads 1 --backends wasm --no-memory`)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^r: input 1×12×12×1\n\nrun by +batch +threads +ms each +of the best +runs +memory +differs by\nconvoke wasm +2 +1 /,
    )
  })

  it('says which networks run node by node', async () => {
    const cwd = await folderWith({ 'm.onnx': searchingModel() })
    const { stdout } = await run(cwd, `bench m.onnx ${quick} --batch 1 --threads 1 --backends wasm --no-memory`)
    expect(stdout).toMatch(/\nconvoke wasm: it runs node by node; it cannot be compiled: .*places.* reads numbers/)
  })

  it('refuses what is no list of counts or no backend', async () => {
    const cwd = await folderWith({ 'm.onnx': smallModel() })
    expect(await run(cwd, 'bench m.onnx --batch 0')).toMatchObject({ code: 2 })
    expect((await run(cwd, 'bench m.onnx --backends cuda')).stderr).toContain(
      '--backends has cuda. Known: native, wasm',
    )
    expect((await run(cwd, 'bench gone.onnx')).stderr).toContain('gone.onnx does not exist')
  })

  const bench = fileURLToPath(new URL('../../../../bench', import.meta.url))
  const found = existsSync(`${bench}/node_modules/onnxruntime-node`)
  if (!found) console.warn('skipped: bench beside onnxruntime; npm ci --prefix bench installs it')
  it.skipIf(!found)('runs onnxruntime-node beside it where a folder has it', async () => {
    const cwd = await folderWith({ 'm.onnx': smallModel() })
    const { stdout } = await run(cwd, `bench m.onnx ${quick} --batch 1 --threads 1 --no-memory --beside ${bench}`)
    expect(stdout).toMatch(/onnxruntime-node +1 +1 +[\d.]+ .* [0-9]e-[0-9]+\n/)
  })
  it.skipIf(!found)('runs TF.js and onnxruntime-node on a model.json, and compares what they give', async () => {
    const { json, shard } = smallTfjs()
    const cwd = await folderWith({ 'model.json': json, 'group1-shard1of1.bin': shard })
    const { stdout } = await run(
      cwd,
      `bench model.json ${quick} --batch 2 --threads 1 --no-memory --json --beside ${bench}`,
    )
    const { results } = JSON.parse(stdout) as { results: (Result & { difference: number | null })[] }
    expect(results.map(({ name }) => name).slice(-2)).toEqual(['onnxruntime-node', 'TF.js wasm'])
    for (const { difference } of results.slice(1)) expect(difference).toBeLessThan(1e-5)
  })
})
