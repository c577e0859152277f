import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeOnnx, fetchModel, tfjsToOnnx } from '../graph/index.ts'
import { sequential, tfjsFiles } from '../graph/testing/tfjs.ts'
import { load } from '../models/index.ts'
import { tensor } from '../tensor/index.ts'
import { loadModel } from './load-model.ts'

const layer = { name: 'd', units: 1, batch_input_shape: [null, 2] }
const weights = [
  { name: 'd/kernel', shape: [2, 1], values: [2, 3] },
  { name: 'd/bias', shape: [1], values: [1] },
]
const files = tfjsFiles(
  { class_name: 'Sequential', config: { name: 'net', layers: [{ class_name: 'Dense', config: layer }] } },
  weights,
)
const folder = mkdtempSync(join(tmpdir(), 'convoke-load-'))
const onnx = encodeOnnx(tfjsToOnnx(sequential([2], [['Dense', { name: 'd', units: 1 }]], weights)))
writeFileSync(join(folder, 'model.json'), files.json)
writeFileSync(join(folder, 'weights.bin'), files.shard)
writeFileSync(join(folder, 'model.onnx'), onnx)
afterAll(() => rmSync(folder, { recursive: true }))

const x = (): ReturnType<typeof tensor> => tensor([[10, 1]])

describe('loadModel', () => {
  it.each(['model.json', 'model.onnx'])('opens %s by its path', async (name) => {
    const model = await loadModel(join(folder, name))
    expect(model(x()).toArray()).toEqual([[24]])
  })

  it('says which file is no model', async () => {
    const path = join(folder, 'other.json')
    writeFileSync(path, '{"name": "package"}')
    await expect(loadModel(path)).rejects.toThrow(/other\.json: .*modelTopology/)
  })
})

describe('models by their address', () => {
  const served: Record<string, Uint8Array | string> = {
    '/m/model.json?v=1': files.json,
    '/m/weights.bin?v=1': files.shard,
    '/model.onnx': onnx,
  }
  const server = createServer((request, response) => {
    const body = served[request.url ?? '']
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  let home = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    home = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  it('are fetched with their shards, which stand beside them and take what the address asks', async () => {
    const model = await fetchModel(`${home}/m/model.json?v=1`)
    expect(model(x()).toArray()).toEqual([[24]])
  })

  it('are told apart by what they hold, and open through one door', async () => {
    for (const address of ['/m/model.json?v=1', '/model.onnx'])
      expect((await load(`${home}${address}`))(x()).toArray()).toEqual([[24]])
  })

  it('are refused in words where they are not to be had', async () => {
    await expect(fetchModel(`${home}/none.json`)).rejects.toThrow(
      /none\.json: it cannot be fetched; the server answers 404/,
    )
    await expect(fetchModel('model.json')).rejects.toThrow(/not an address.*loadModel/)
    served['/bare/model.json'] = files.json
    await expect(fetchModel(`${home}/bare/model.json`)).rejects.toThrow(/weights\.bin: it cannot be fetched/)
    const broken = { fetch: () => Promise.reject(new Error('offline')) }
    await expect(fetchModel(`${home}/m/model.json`, broken)).rejects.toThrow(/offline/)
  })
})
