import { expect, it } from 'vitest'
import { epochLine } from './epoch-line.ts'

const third = {
  ...{ epoch: 3, epochs: 20, loss: 0.12345, validationLoss: 0.2, measure: ['accuracy', 0.9725] as const },
  ...{ seconds: 1.2, pace: '1234 examples/s', best: true },
}

it('has everything where there is no limit, as in a pipe', () => {
  expect(epochLine(third)).toBe(
    'epoch  3/20  loss 0.1235  validation loss 0.2000  accuracy 97.25%  1.2 s  1234 examples/s  best so far',
  )
})

it('at 80 columns leaves out the speed and the time', () => {
  expect(epochLine(third, 80)).toBe('epoch  3/20  loss 0.1235  validation loss 0.2000  accuracy 97.25%  best so far')
})

it('at 40 columns keeps the loss and the measure', () => {
  expect(epochLine(third, 40)).toBe(' 3/20  loss 0.1235  accuracy 97.25%')
  expect(epochLine({ ...third, epoch: 3, epochs: 9 }, 40)).toBe('3/9  loss 0.1235  accuracy 97.25%  best')
})

it('leaves out what there is not', () => {
  const line = { ...third, epochs: '?' as const, validationLoss: undefined, measure: undefined, pace: '', best: false }
  expect(epochLine(line)).toBe('epoch 3/?  loss 0.1235  1.2 s')
  expect(epochLine({ ...line, measure: ['loss', 0.5] })).toBe('epoch 3/?  loss 0.1235  1.2 s')
})

it.each([30, 40, 50, 60, 80, 100, 120])('fits %i columns', (columns) => {
  for (const epochs of [3, 20, 1000])
    expect(epochLine({ ...third, epochs }, columns).length).toBeLessThanOrEqual(columns)
})
