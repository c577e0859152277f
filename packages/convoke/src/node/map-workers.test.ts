// Workers run the built library, as a user's would; the tests need `npm run build`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import * as data from '../data/index.ts'
import * as node from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'convoke-map-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const library = (name: string) => new URL(`../../dist/for-node/${name}.js`, import.meta.url).href

let modules = 0

function moduleOf(body: string): URL {
  const path = join(folder, `${modules++}.mjs`)
  writeFileSync(
    path,
    `import { data, ConvokeError } from '${library('index')}'\nimport { serveMap } from '${library('node')}'\n${body}`,
  )
  return pathToFileURL(path)
}

type Picture = data.ClassifiedPicture

const change = { turn: 10, shift: 0.1 }
const affine = moduleOf(`serveMap(({ side }) => ({
  prepare: (example) => data.resizeExample({ ...example, image: data.toUnit(example.image) }, side, side),
  augment: data.randomAffine(${JSON.stringify(change)}),
}))`)

/** Bytes that are parts of one array, as readers give them. */
function bytes(count: number): data.Dataset<Picture> {
  const all = Uint8Array.from({ length: count * 25 }, (_, i) => (i * 37) % 256)
  return data.fromExamples(
    Array.from({ length: count }, (_, i) => ({
      image: { shape: [5, 5, 1], data: all.subarray(25 * i, 25 * i + 25) },
      label: i % 3,
    })),
    { classes: ['a', 'b', 'c'] },
  )
}

const here = (set: data.Dataset<Picture>, side: number) =>
  data.mapDataset(set, (example) => data.resizeExample({ ...example, image: data.toUnit(example.image) }, side, side))

const open: node.WorkerDataset<Picture>[] = []
afterEach(async () => {
  for (const set of open.splice(0)) await set.close()
})

function there(set: data.Dataset<Picture>, module: URL, options: node.MapInWorkersOptions = {}) {
  const mapped = node.mapInWorkers<Picture, Picture>(set, module, options)
  open.push(mapped)
  return mapped
}

async function contents(set: data.Dataset<Picture>, options: Partial<data.BatchOptions<Picture>>) {
  const all: unknown[] = []
  for await (const batch of data.batches(set, { size: 4, shuffle: true, seed: 3, epoch: 1, ...options })) {
    all.push([batch.image.shape, Array.from(batch.image.dataSync()), Array.from(batch.label.dataSync())])
    data.disposeBatch(batch)
  }
  return all
}

describe('examples changed in worker threads', () => {
  it.each([1, 3, 'auto'] as const)('are those that would be made here (threads: %s)', async (threads) => {
    const set = bytes(23)
    const mapped = there(set, affine, { threads, options: { side: 8 } })
    expect([mapped.length, mapped.classes, mapped.labelOf!(4)]).toEqual([23, ['a', 'b', 'c'], 1])
    const augment = data.randomAffine(change)
    expect(await contents(mapped, { augment: 'own' })).toEqual(await contents(here(set, 8), { augment }))
    expect(await contents(mapped, {})).toEqual(await contents(here(set, 8), {}))
    const part = [20, 1, 2, 9, 4, 7]
    expect(await contents(data.subset(mapped, part), { augment: 'own' })).toEqual(
      await contents(here(data.subset(set, part), 8), { augment }),
    )
    expect(await mapped.get(5)).toEqual(await here(set, 8).get(5))
    // What was handed over was copied.
    expect(await set.get(5)).toEqual(await bytes(23).get(5))
  })

  it('take others along as they would here', async () => {
    const set = bytes(11)
    const mosaics = moduleOf(`serveMap(({ side }) => ({
      prepare: (example) => data.resizeExample({ ...example, image: data.toUnit(example.image) }, side, side),
      augment: data.randomMosaic({ share: 0.7 }),
    }))`)
    const augment = data.randomMosaic({ share: 0.7 })
    const mapped = there(set, mosaics, { options: { side: 8 }, others: augment.others })
    const own = await contents(mapped, { augment: 'own' })
    expect(own).toEqual(await contents(here(set, 8), { augment }))
    expect(own).not.toEqual(await contents(mapped, {}))
    expect(await set.get(5)).toEqual(await bytes(11).get(5))
  })

  it('are the same once threads were added because batches came late', async () => {
    const slow = moduleOf(`serveMap(() => ({ prepare: (example) => {
      const until = performance.now() + 4
      while (performance.now() < until);
      return { ...example, image: data.toUnit(example.image) }
    } }))`)
    const set = bytes(96)
    expect(await contents(there(set, slow), {})).toEqual(await contents(here(set, 5), {}))
  })

  it('fail where the module does, with its words', async () => {
    const refusing = moduleOf(
      "serveMap(() => ({ prepare: (example) => { if (example.label === 2) throw new ConvokeError('no twos'); return example } }))",
    )
    const mapped = there(bytes(6), refusing)
    expect((await mapped.get(0)).label).toBe(0)
    await expect(mapped.get(2)).rejects.toThrow('no twos')
    await expect(contents(mapped, {})).rejects.toThrow('no twos')
    const absent = there(bytes(2), pathToFileURL(join(folder, 'nowhere.mjs')))
    await expect(absent.get(0)).rejects.toThrow(/mapInWorkers: the worker failed: Cannot find module/)
    const dying = there(bytes(2), moduleOf('serveMap(() => ({ prepare: () => process.exit(3) }))'))
    await expect(dying.get(0)).rejects.toThrow('the worker has ended')
    const wrong = there(bytes(2), moduleOf("serveMap(() => { throw new ConvokeError('no such option') })"))
    await expect(wrong.get(0)).rejects.toThrow('no such option')
    expect(() => node.mapInWorkers(bytes(1), affine, { threads: 65 })).toThrow('threads is 65')
    expect(() => node.serveMap(() => ({ prepare: (example) => example }))).toThrow('was not started by mapInWorkers')
  })
})
