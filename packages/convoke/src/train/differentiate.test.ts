import { describe, expect, it } from 'vitest'
import type { ClassifiedPicture } from '../data/index.ts'
import { multiply } from '../ops/index.ts'
import type { Tensor } from '../tensor/index.ts'
import * as train from './index.ts'
import { brightness, setUp, weights } from './testing/small-run.ts'

describe('fit from plans', () => {
  it.each([1, 2])(
    'gives the same weights to the bit from plans and op by op, accumulating %i batches',
    async (accumulate) => {
      // Batches of four, and two of three at the ends of epochs; dropout in between.
      const [a, b] = [true, false].map((compile) => setUp({ accumulate, compile, epochs: 5, train: brightness(11) }))
      const results = [await train.fit(a.options), await train.fit(b.options)]
      expect(weights(a.model)).toEqual(weights(b.model))
      const losses = results.map(({ progress }) => progress.history.map(({ loss }) => loss))
      expect(losses[0]).toEqual(losses[1])
    },
  )

  it('trains op by op where a loss reads numbers, and where it changes from epoch to epoch', async () => {
    for (const kind of ['reads', 'changes'] as const) {
      const ends = [true, false].map(async (compile) => {
        const { model, options } = setUp({ compile, epochs: 4 })
        const { task } = options
        let epoch = 0
        const loss: typeof task.loss = (output, batch) => {
          const own = task.loss(output, batch)
          const factor = kind === 'reads' ? Math.abs(output.dataSync()[0]) : 1 + epoch
          return multiply(own, factor)
        }
        const onEvent: train.FitOptions<ClassifiedPicture, Tensor>['onEvent'] = ({ type }) => {
          if (type === 'epoch') epoch++
        }
        await train.fit({ ...options, task: { ...task, loss }, onEvent })
        return weights(model)
      })
      const [a, b] = await Promise.all(ends)
      expect(a).toEqual(b)
    }
  })
})
