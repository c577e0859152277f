import { describe, expect, it } from 'vitest'
import { barLine } from './bar.ts'

const training = {
  label: 'epoch 12/20',
  parts: [
    { text: 'loss 0.1234', matters: 3 },
    { text: 'accuracy 97.25%', matters: 1 },
    { text: '1,234 examples/s', matters: 0 },
    { text: '1 min 15 s left', matters: 2 },
  ],
}

describe('The line of a bar', () => {
  it('is as wide as its text at 140 columns, with a bar of 40', () => {
    expect(barLine(training, 0.5, 140)).toBe(
      `epoch 12/20 [${'='.repeat(20)}${'-'.repeat(20)}]  50% · loss 0.1234 · accuracy 97.25% · 1,234 examples/s · 1 min 15 s left`,
    )
  })

  it('leaves out what matters least where 80 columns are too few', () => {
    expect(barLine(training, 0.5, 80)).toBe(
      'epoch 12/20 [====----]  50% · loss 0.1234 · accuracy 97.25% · 1 min 15 s left',
    )
  })

  it('keeps the share and the loss at 40 columns', () => {
    expect(barLine(training, 0.5, 40)).toBe('epoch 12/20 [==--]  50% · loss 0.1234')
  })

  it('cuts a long label where there is no room for a bar', () => {
    expect(barLine({ label: 'convoke data download fashion-mnist', parts: [] }, 1, 24)).toBe('convoke data do… 100%')
  })

  it.each([3, 5, 10, 20, 30, 40, 60, 80, 100, 200])('leaves room for ^C at %i columns', (columns) => {
    for (const share of [0, 0.333, 1])
      expect([...`${barLine(training, share, columns)}^C`].length).toBeLessThan(columns)
  })
})
