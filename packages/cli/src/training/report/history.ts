// What is seen over the epochs: losses, the measure that counts, the learning rate, and the time.

import type { train } from 'convoke'
import { largestOf, smallestOf } from 'convoke/shapes'
import { isShare } from '../../terminal/words.ts'
import type { RunConfig } from '../config.ts'
import { scheduleOf } from '../optimizing.ts'
import { plotSvg } from './plot.ts'
import type { Line, Plot } from './section.ts'

type History = readonly train.EpochRecord[]
type Points = Line['points']

const over = (history: History, value: (record: train.EpochRecord) => number | undefined): Points =>
  history.flatMap((record) => {
    const found = value(record)
    return found === undefined ? [] : [[record.epoch, found] as const]
  })

/** Curves of a run; empty before its first epoch. */
export function historyHtml({ training }: Pick<RunConfig, 'training'>, history: History, headline: string): string {
  if (history.length === 0) return ''
  const { rateSearch, learningRate } = training
  const curve = (value: Parameters<typeof over>[1]): Points => over(history, value)
  const one = (title: string, name: string, points: Points, y?: Plot['y']): Plot[] =>
    points.length === 0 ? [] : [{ title, lines: [{ name, points }], x: { name: 'epoch' }, y }]
  const losses = [
    { name: 'training', points: curve(({ loss }) => loss) },
    { name: 'validation', points: curve(({ validation }) => validation?.['loss']) },
  ]
  const measured = headline === 'loss' ? [] : curve(({ validation }) => validation?.[headline])
  const rates = ratesOf(training, history)
  const waiting = curve(({ waiting: seconds, seconds: all }) =>
    seconds === undefined || all === 0 ? undefined : Math.min(1, seconds / all),
  )
  const plots: Plot[] = [
    { title: 'Loss', lines: losses, x: { name: 'epoch' } },
    ...one(headline, `validation ${headline}`, measured, { percent: isShare(headline) }),
    ...one(
      'Learning rate',
      rates.length === history.length ? 'at the end of the epoch' : 'as it went',
      rates,
      fromZero(rates.map(([, rate]) => rate)),
    ),
    ...(rateSearch === undefined ? [] : [searchPlot(rateSearch, learningRate)]),
    ...one(
      'Seconds per epoch',
      'training and validation',
      curve(({ seconds }) => seconds),
      fromZero(history.map(({ seconds }) => seconds)),
    ),
    ...one('Waiting for data', 'share of the time', waiting, {
      percent: true,
      ...fromZero(waiting.map(([, share]) => share)),
    }),
  ]
  return `<h2>Over the epochs</h2><div class="plots">${plots.map(plotSvg).join('')}</div>`
}

/** Points of a curve of learning rates. */
const mostRates = 200

/**
 * The learning rate within the epochs, by the schedule, where the epochs confirm it; of a run that was planned while it went on, or given
 * other epochs, what was written down at the end of each.
 */
function ratesOf(training: RunConfig['training'], history: History): Points {
  const recorded = over(history, ({ factor }) => (factor === undefined ? undefined : factor * training.learningRate))
  const { step: last, epoch: epochs } = history[history.length - 1]
  const perEpoch = last / epochs
  // The last epoch of a run that was stopped by its time is shorter than the others.
  if (training.time !== undefined || !Number.isInteger(perEpoch)) return recorded
  const factorAt = scheduleOf(training, training.epochs * perEpoch)
  const keptTo = history.every(
    ({ step, factor }) => factor !== undefined && Math.abs(factorAt(step - 1) - factor) < 1e-6,
  )
  if (!keptTo) return recorded
  const count = Math.min(mostRates, last)
  return Array.from({ length: count }, (_, i) => {
    const step = count === 1 ? last - 1 : Math.round((i * (last - 1)) / (count - 1))
    return [(step + 1) / perEpoch, factorAt(step) * training.learningRate] as const
  })
}

/** The losses of trial steps at rising rates, and the rate that was chosen by them. */
function searchPlot({ rates, losses }: NonNullable<RunConfig['training']['rateSearch']>, chosen: number): Plot {
  const [low, high] = [smallestOf(losses), largestOf(losses)]
  return {
    title: 'Learning rates tried',
    lines: [
      { name: 'loss', points: rates.map((rate, i) => [rate, losses[i]] as const), plain: true },
      { name: `chosen: ${chosen}`, points: [[chosen, low] as const, [chosen, high] as const], dashed: true },
    ],
    x: { name: 'learning rate', log: true },
  }
}

/** An axis from 0 to a little more than the largest value. */
function fromZero(values: readonly number[]): { readonly range: readonly [number, number] } {
  const largest = values.reduce((most, value) => Math.max(most, value), 0)
  return { range: [0, largest > 0 ? 1.06 * largest : 1] }
}
