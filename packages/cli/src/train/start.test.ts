import { models, tensor } from 'convoke'
import { describe, expect, it } from 'vitest'
import { usualTraining } from '../training/kits/kit.ts'
import { checkStartElsewhere, shippedRun, startOf, startsElsewhere, trainingFrom } from './start.ts'

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
    ['classify', { from: 'shipped', model: 'resnet18' }, '--from shipped has its own network'],
    ['classify', { from: 'shipped', modelOption: ['widths=[4]'] }, 'Leave out --model and --model-option'],
  ] as const)('refuses for %s %j', async (task, text, message) => {
    await expect(startOf(task, { ...usual, ...text })).rejects.toThrow(message)
  })
  it('takes smaller steps from weights that know something, and of few examples more, whose weights are averaged', () => {
    const usual = { ...usualTraining, learningRate: 3e-3, epochs: 52 }
    expect(trainingFrom(usual, 1000)).toEqual({ learningRate: 1.5e-3 })
    expect(trainingFrom(usual, 450)).toEqual({ learningRate: 1.5e-3, epochs: 104, smoothing: 0.1, average: 0.995 })
  })

  it('is a run or a model where neither is named, which brings its own network', () => {
    expect([{}, { from: 'nothing' }, { from: 'shipped' }].some(startsElsewhere)).toBe(false)
    const start = { from: 'runs/old', data: 'photos' }
    expect(startsElsewhere(start)).toBe(true)
    expect(() => checkStartElsewhere(start, () => false)).not.toThrow()
    expect(() => checkStartElsewhere(start, (name) => name === 'modelOption')).toThrow(
      '--model-option cannot be combined with --from runs/old',
    )
    expect(() => checkStartElsewhere({ from: 'runs/old' }, () => false)).toThrow('--data is missing')
  })
})
