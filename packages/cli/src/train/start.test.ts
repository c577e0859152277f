import { models, tensor } from 'convoke'
import { describe, expect, it } from 'vitest'
import { shippedRun, startOf } from './start.ts'

const usual = { modelOption: [] }

describe('What a training starts from', () => {
  it('is nothing where nothing is said, and where that is said', async () => {
    expect(await startOf('classify', usual)).toBeNull()
    expect(await startOf('detect', { ...usual, from: 'nothing' })).toBeNull()
  })

  it('are the weights that Convoke ships, of a network that can be built', async () => {
    const start = await startOf('classify', { ...usual, from: 'shipped' })
    expect(start).toEqual(await shippedRun())
    const { name, options } = start!.config.model
    expect(name).toBe('compact')
    const model = models.build('compact', options as never)
    expect(model(tensor(new Float32Array(784), { shape: [1, 28, 28, 1] })).shape).toEqual([1, 250])
  })

  it.each([
    ['classify', { from: 'runs/old' }, '--from is "runs/old"; it must be shipped or nothing'],
    ['segment', { from: 'shipped' }, 'Convoke ships no weights for segment'],
    ['classify', { from: 'shipped', model: 'resnet18' }, '--from shipped brings its own network'],
    ['classify', { from: 'shipped', modelOption: ['widths=[4]'] }, 'Leave out --model and --model-option'],
  ] as const)('refuses for %s %j', async (task, text, message) => {
    await expect(startOf(task, { ...usual, ...text })).rejects.toThrow(message)
  })
})
