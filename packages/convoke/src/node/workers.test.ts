// Workers run the built library, as a user's would; the tests need `npm run build`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import * as data from '../data/index.ts'
import * as node from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'convoke-workers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const library = (name: string) => new URL(`../../dist/for-node/${name}.js`, import.meta.url).href

let modules = 0

/** A module that a worker can run. */
function moduleOf(body: string): URL {
  const path = join(folder, `${modules++}.mjs`)
  writeFileSync(
    path,
    `import { data, ConvokeError } from '${library('index')}'\nimport { serveDataset } from '${library('node')}'\n${body}`,
  )
  return pathToFileURL(path)
}

const digits = moduleOf(
  'serveDataset(({ count }) => data.digits({ count, size: 12 }), { augment: data.randomAffine({ turn: 10, shift: 0.1 }) })',
)

const open: node.WorkerDataset<data.ClassifiedPicture>[] = []
afterEach(async () => {
  for (const set of open.splice(0)) await set.close()
})

async function start(module: URL, options: node.WorkerDatasetOptions = {}) {
  const set = await node.workerDataset<data.ClassifiedPicture>(module, options)
  open.push(set)
  return set
}

async function pixels(
  set: data.Dataset<data.ClassifiedPicture>,
  options: Partial<data.BatchOptions<data.ClassifiedPicture>> = {},
) {
  const all: number[][] = []
  for await (const batch of data.batches(set, { size: 4, shuffle: true, seed: 5, epoch: 2, ...options })) {
    all.push(Array.from(batch.image.dataSync()))
    data.disposeBatch(batch)
  }
  return all
}

describe('a data set in worker threads', () => {
  it.each([1, 3])('gives what it would give here (%i threads)', async (threads) => {
    const here = data.digits({ count: 10, size: 12 })
    const there = await start(digits, { threads, options: { count: 10 } })
    expect([there.length, there.classes, there.labelOf!(7)]).toEqual([10, here.classes, 7])
    expect(await pixels(there)).toEqual(await pixels(here))
  })

  it('augments there with the numbers it would have here, in parts of it too', async () => {
    const augment = data.randomAffine({ turn: 10, shift: 0.1 })
    const [here, there] = [data.digits({ count: 10, size: 12 }), await start(digits, { options: { count: 10 } })]
    expect(await pixels(there, { augment: 'own' })).toEqual(await pixels(here, { augment }))
    expect(await pixels(there)).toEqual(await pixels(here))
    const part = [1, 4, 5]
    expect(await pixels(data.subset(there, part), { augment: 'own' })).toEqual(
      // Random numbers go by the place in the part.
      await pixels(data.subset(here, part), { augment }),
    )
    expect(() => data.batches(here, { size: 2, augment: 'own' })).toThrow(
      "augment is 'own', and the data set augments nothing",
    )
  })

  it('passes on refusals as refusals, and goes on', async () => {
    const set = await start(digits, { options: { count: 3 } })
    await expect(set.get(3)).rejects.toThrow('example 3 does not exist')
    expect((await set.get(2)).label).toBe(2)
    await expect(start(digits, { options: { count: -1 } })).rejects.toThrow('digits: count -1')
  })

  it('says when its module cannot be run, and when a worker ends', async () => {
    await expect(start(pathToFileURL(join(folder, 'nowhere.mjs')))).rejects.toThrow(
      /the worker failed: Cannot find module/,
    )
    const dying = moduleOf(
      'serveDataset(() => ({ length: 2, get: (i) => { if (i === 1) process.exit(3); return { label: i } } }))',
    )
    const set = await start(dying)
    expect(await set.get(0)).toEqual({ label: 0 })
    await expect(set.get(1)).rejects.toThrow('the worker has ended')
    await expect(set.get(0)).rejects.toThrow('the worker has ended')
    await expect(start(digits, { threads: 0 })).rejects.toThrow('threads is 0')
    expect(() => node.serveDataset(() => data.digits({ count: 1 }))).toThrow('was not started by workerDataset')
  })
})
