import { models, tensor } from 'convoke'
import { describe, expect, it } from 'vitest'
import { checkStartElsewhere, shippedRun, startOf, startsElsewhere } from './start.ts'

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
    ['segment', { from: 'shipped' }, 'Convoke ships no weights for segment'],
    ['classify', { from: 'shipped', model: 'resnet18' }, '--from shipped brings its own network'],
    ['classify', { from: 'shipped', modelOption: ['widths=[4]'] }, 'Leave out --model and --model-option'],
  ] as const)('refuses for %s %j', async (task, text, message) => {
    await expect(startOf(task, { ...usual, ...text })).rejects.toThrow(message)
  })
  it('is a run or a model where neither is named, which brings its own network', () => {
    expect([undefined, 'nothing', 'shipped'].some((from) => startsElsewhere({ from }))).toBe(false)
    const start = { from: 'runs/old', data: 'photos' }
    expect(startsElsewhere(start)).toBe(true)
    expect(() => checkStartElsewhere(start, () => false)).not.toThrow()
    expect(() => checkStartElsewhere(start, (name) => name === 'modelOption')).toThrow(
      '--model-option does not go with --from runs/old',
    )
    expect(() => checkStartElsewhere({ from: 'runs/old' }, () => false)).toThrow('--data is missing')
  })
})
