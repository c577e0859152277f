import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { currentBackend, useBackend } from '../../backends/current.ts'
import * as models from '../../models/index.ts'
import { writeStandalone } from '../../node/standalone.ts'
import * as ops from '../../ops/index.ts'
import { randomNormal, type Tensor, tensor, zeros } from '../../tensor/index.ts'
import { availableBackends, onBackend, relativeError } from '../../testing/check-op.ts'
import { encodeStandalone } from './model.ts'
import { ready } from './runtime.ts'
import { standaloneParts } from './write.ts'

const numbersOf = (x: Tensor) => ({ data: x.dataSync(), shape: x.shape })

describe.each(availableBackends())('a network as data, on %s', (backend) => {
  it('computes what the network computes, for every shape that it is written for', async () => {
    await onBackend(backend, async () => {
      const model = models.CompactCNN({ classes: 3, channels: 3 }).initialize(1).eval()
      const shapes = [
        [1, 12, 12, 3],
        [2, 9, 10, 3],
      ]
      const info = { classes: ['a', 'b', 'c'] }
      const loaded = await ready(encodeStandalone(standaloneParts(model, [[shapes[0]], [shapes[1]]], { info })))
      expect(loaded.shapes).toEqual([[shapes[0]], [shapes[1]]])
      expect(loaded.info).toEqual({ classes: ['a', 'b', 'c'] })
      for (const shape of shapes) {
        const x = randomNormal(shape, { seed: 1 })
        const { output } = await loaded.run(numbersOf(x))
        const expected = model(x)
        expect(output.shape).toEqual(expected.shape)
        expect(relativeError(output.data, expected.dataSync())).toBeLessThan(1e-5)
      }
      loaded.dispose()
    })
  })
})

describe('a network as data', () => {
  it('keeps infinities, tables and checks of indices', async () => {
    const table = tensor([[1], [2], [Number.NEGATIVE_INFINITY]])
    const network = (i: Tensor) => ops.maximum(ops.resize(ops.gather(table, i), { size: 4 }), Number.NEGATIVE_INFINITY)
    const example = zeros([1, 2], 'int32')
    const parts = standaloneParts(network, [[example]], { inputs: ['words'], outputs: ['scores'] })
    const loaded = await ready(encodeStandalone(parts))
    const words = (numbers: number[]) => ({ words: { data: numbers, shape: [1, 2] } })
    expect([...(await loaded.run(words([-2, 0]))).scores.data]).toEqual([
      ...network(tensor([[1, 0]], { dtype: 'int32' })).dataSync(),
    ])
    await expect(loaded.run(words([0, 3]))).rejects.toThrow('index 3 is outside an axis of length 3')
  })

  it('holds weights once that several shapes share, folded ones included', () => {
    const model = models.MobileNetV2({ width: 0.35, classes: 2 }).initialize(1).eval()
    const one = standaloneParts(model, [[[1, 32, 32, 3]]])
    const two = standaloneParts(model, [[[1, 32, 32, 3]], [[4, 64, 64, 3]]])
    expect(two.weights.byteLength).toBe(one.weights.byteLength)
  })

  it('refuses what does not fit, in words', async () => {
    const file = encodeStandalone(
      standaloneParts(
        (x: Tensor) =>
          ops.multiply(x, [
            [1, 1],
            [1, 2],
          ]),
        [[[2, 2]]],
      ),
    )
    const loaded = await ready(file)
    expect([...(await loaded.run([1, -1, 2, -2])).output.data]).toEqual([1, -1, 2, -4])
    await expect(loaded.run([1, 2])).rejects.toThrow('2 numbers do not fill [2, 2]')
    await expect(loaded.run({ data: [1], shape: [1, 1] })).rejects.toThrow('written for inputs of shape [2, 2]')
    await expect(loaded.run({ other: [1, 2, 3, 4] })).rejects.toThrow('input is missing')
    await expect(ready(new Uint8Array(4))).rejects.toThrow('are not the weights of a standalone network')
    await expect(ready(new Uint8Array(64).fill(255))).rejects.toThrow('are not the weights of a standalone network')
    await expect(ready(file.subarray(0, file.length - 4))).rejects.toThrow('are not whole: 12 bytes, 16 expected')
    await expect(ready(file.map((byte, i) => (i === file.length - 1 ? byte ^ 1 : byte)))).rejects.toThrow('damaged')
    expect(() => standaloneParts((x: Tensor) => x, [])).toThrow('there is no example')
    expect(() => standaloneParts((x: Tensor) => x, [[[1]]], { inputs: ['a', 'b'] })).toThrow('there are 1')
  })
})

describe('a folder that runs alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'standalone-'))
  const before = currentBackend()
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await useBackend(before)
  })

  it.skipIf(!existsSync(new URL('../../../dist/standalone/engine.js', import.meta.url)))(
    'is a module that needs nothing else, of 150 KB at most beside the weights',
    async () => {
      const model = models.ResNet18({ classes: 4 }).initialize(2).eval()
      const { module, weightBytes } = await writeStandalone(folder, model, [[[1, 64, 64, 3]]])
      // Also below a package of CommonJS the module is one.
      expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toEqual({ type: 'module' })
      const text = readFileSync(module)
      expect(gzipSync(text, { level: 9 }).length).toBeLessThan(150_000)
      // Nothing that a page or Node would have to fetch, beside the weights.
      expect(/(^|[\n;])\s*(import|export)\s*["'{*]/.test(String(text))).toBe(false)
      // The head, the filters and their biases; batch normalisation has gone into them.
      expect(Math.abs(weightBytes / (4 * model.parameterCount()) - 1)).toBeLessThan(0.01)
      const { load } = await import(/* @vite-ignore */ pathToFileURL(module).href)
      const loaded = await load()
      const x = randomNormal([1, 64, 64, 3], { seed: 3 })
      const { output } = await loaded.run(x.dataSync())
      expect(relativeError(output.data, model(x).dataSync())).toBeLessThan(1e-4)
    },
  )
})
