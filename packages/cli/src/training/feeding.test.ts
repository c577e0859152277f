// The worker that prepares examples is that of the build; the tests need `npm run build`.

import { data, setThreads } from 'convoke'
import { describe, expect, it } from 'vitest'
import type { RunConfig } from './config.ts'
import type { Examples, TaskName } from './data/opened.ts'
import { feedingFor } from './feeding.ts'
import { kitOf } from './kits/index.ts'
import { usualTraining } from './kits/kit.ts'
import { openData } from './open-data.ts'

setThreads(1)

async function configOf(task: TaskName, source: string, size: number, augment: RunConfig['training']['augment']) {
  const opened = await openData(task, source, { examples: 24, size })
  const kit = kitOf(task)
  const plan = await kit.plan(opened, { options: {} })
  const training = { ...usualTraining, ...kit.defaults(plan, 24), augment, batchSize: 8 }
  const config = { task, classes: opened.classes, training, ...plan } as unknown as RunConfig
  return { config, opened, kit }
}

async function batchesOf(set: data.Dataset<object>, augment: data.BatchOptions<object>['augment']) {
  const all: unknown[] = []
  for await (const batch of data.batches(set, { size: 8, shuffle: true, seed: 4, epoch: 3, augment })) {
    all.push(
      Object.entries(batch).map(([name, value]) => {
        const { shape } = value as { shape?: number[] }
        return shape === undefined
          ? [name, value]
          : [name, shape, Array.from((value as never as { dataSync(): Float32Array }).dataSync())]
      }),
    )
    data.disposeBatch(batch)
  }
  return all
}

describe('examples for training', () => {
  it.each([
    ['classify', 'digits', 64, 'strong'],
    ['segment', 'shapes', 96, 'strong'],
    ['detect', 'shapes', 128, 'flips'],
    ['detect', 'shapes', 128, 'mosaic'],
    ['segment', 'shapes', 96, 'mosaic'],
  ] as const)(
    'of %s (%s, %i pixels, %s) come from worker threads as they would be made here',
    async (task, source, size, how) => {
      const { config, opened, kit } = await configOf(task, source, size, how)
      const feeding = await feedingFor(config, opened.train)
      try {
        expect(feeding.augment).toBe('own')
        const set = kit.ready(config, opened.train as data.Dataset<Examples[TaskName]>)
        expect(await batchesOf(feeding.set, feeding.augment)).toEqual(
          await batchesOf(set, kit.augment(config) as never),
        )
      } finally {
        await feeding.close()
      }
    },
  )

  it('stay in this thread where preparing them costs less than a message', async () => {
    const { config, opened } = await configOf('classify', 'digits', 12, 'none')
    const feeding = await feedingFor(config, opened.train)
    expect(feeding.augment).toBeUndefined()
    expect((await feeding.set.get(0)) as Examples['classify']).toMatchObject({
      label: 0,
      image: { shape: [12, 12, 1] },
    })
  })
})
