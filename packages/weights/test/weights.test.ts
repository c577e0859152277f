import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { models, zeros } from 'convoke'
import { loadWeights, readSafetensors } from 'convoke/node'
import { classify } from 'convoke-weights'
import { describe, expect, it } from 'vitest'

const file = fileURLToPath(classify)

describe('The weights that Convoke ships', () => {
  it('take less than 2 MB', async () => {
    expect((await stat(file)).size).toBeLessThan(2_000_000)
  })

  it('fit the network that they say they are of', async () => {
    const { metadata } = await readSafetensors(file)
    const { task, model, classes, picture } = JSON.parse(metadata['convoke'])
    expect([task, model.name, classes.length, picture.channels]).toEqual(['classify', 'compact', 250, 1])
    const network = models.build(model.name, model.options)
    await loadWeights(network, file)
    expect(network.eval()(zeros([1, 28, 28, 1])).shape).toEqual([1, 250])
  })

  it('name no folder of the machine that made them, and are those of the log', async () => {
    const { metadata } = await readSafetensors(file)
    expect(JSON.parse(metadata['convoke']).data.source).toBe('drawn')
    const log = await readFile(new URL('made.txt', classify), 'utf8')
    const { createHash } = await import('node:crypto')
    expect(log).toContain(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    )
  })
})
