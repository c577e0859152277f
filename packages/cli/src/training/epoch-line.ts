// The line that is printed after each epoch. On a narrow terminal it is shortened, so that it stays one line.

import { duration, measureText, plainNumber } from '../terminal/words.ts'

export interface EpochLine {
  readonly epoch: number
  /** `?` while it is not known. */
  readonly epochs: number | '?'
  readonly loss: number
  readonly validationLoss?: number | undefined
  /** The measure that decides which epoch is best, with its value. */
  readonly measure?: readonly [name: string, value: number] | undefined
  readonly seconds: number
  /** `1,234 examples/s`; empty for none. */
  readonly pace: string
  readonly best: boolean
}

const gap = '  '

/** `epoch 3/20  loss 0.1234  validation loss 0.2345  accuracy 97.25%  1.2 s  best so far`, within `columns` if it can be. */
export function epochLine(line: EpochLine, columns = Number.POSITIVE_INFINITY): string {
  const { epoch, epochs, loss, validationLoss, measure, seconds, pace, best } = line
  const count = `${String(epoch).padStart(String(epochs).length)}/${epochs}`
  const parts = {
    epoch: `epoch ${count}`,
    loss: `loss ${plainNumber(loss)}`,
    validationLoss: validationLoss === undefined ? '' : `validation loss ${plainNumber(validationLoss)}`,
    measure:
      measure === undefined || measure[0] === 'loss' ? '' : `${measure[0]} ${measureText(measure[0], measure[1])}`,
    seconds: duration(seconds),
    pace,
    best: best ? 'best so far' : '',
  }
  const text = (): string =>
    Object.values(parts)
      .filter((part) => part !== '')
      .join(gap)
  const shorten: readonly Partial<typeof parts>[] = [
    { pace: '' },
    { seconds: '' },
    { best: best ? 'best' : '' },
    { validationLoss: '' },
    { epoch: count },
    { best: '' },
    { loss: '' },
  ]
  for (const step of shorten) {
    if (text().length <= columns) break
    Object.assign(parts, step)
  }
  return text()
}
