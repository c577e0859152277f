// The view's settings as parameters of the address, and back. What cannot be read is left out and named.

import { addressReader } from '../words/address.ts'
import {
  batchSizes,
  counts,
  depths,
  exampleCounts,
  firstSettings,
  kernels,
  mostCompared,
  mostComparedEpochs,
  mostEpochs,
  type NetworkChoice,
  rates,
  type Source,
  sources,
  suited,
  type TrainSettings,
} from './settings.ts'

const choiceText = ({ kernel, count, depth }: NetworkChoice): string => `${kernel}x${count}x${depth}`
const comparedText = (choices: readonly NetworkChoice[]): string => choices.map(choiceText).join('|')

export function writeAddress(settings: TrainSettings): URLSearchParams {
  const params = new URLSearchParams()
  const usual: TrainSettings = { ...firstSettings, ...suited(settings.source) }
  const put = (name: keyof TrainSettings, text: (from: TrainSettings) => string, first = text(usual)): void => {
    if (text(settings) !== first) params.set(name, text(settings))
  }
  put('source', ({ source }) => source, firstSettings.source)
  for (const name of ['examples', 'kernel', 'count', 'depth', 'rate', 'batch', 'epochs'] as const)
    put(name, (from) => String(from[name]))
  put('augment', ({ augment }) => (augment ? '1' : '0'))
  put('compared', ({ compared }) => comparedText(compared))
  put('comparedEpochs', ({ comparedEpochs }) => String(comparedEpochs))
  return params
}

const among = <T extends number>(values: readonly T[], text: string): T | undefined =>
  values.find((value) => String(value) === text)

function readChoice(text: string): NetworkChoice | undefined {
  const [kernel, count, depth, ...more] = text.split('x')
  const found = { kernel: among(kernels, kernel), count: among(counts, count), depth: among(depths, depth) }
  const whole = Object.values(found).every((value) => value !== undefined) && more.length === 0
  return whole ? (found as NetworkChoice) : undefined
}

export function readAddress(params: URLSearchParams): { settings: TrainSettings; refused: readonly string[] } {
  const { refused, read, choice, whole, flag } = addressReader<keyof TrainSettings>(params)
  const source = choice<Source>('source', firstSettings.source, sources)
  const usual: TrainSettings = { ...firstSettings, ...suited(source) }
  const number = (name: 'examples' | 'kernel' | 'count' | 'depth' | 'rate' | 'batch', values: readonly number[]) =>
    choice(name, usual[name], values)
  const settings: TrainSettings = {
    source,
    examples: number('examples', exampleCounts),
    kernel: number('kernel', kernels),
    count: number('count', counts),
    depth: number('depth', depths),
    rate: number('rate', rates),
    batch: number('batch', batchSizes),
    epochs: whole('epochs', usual.epochs, 1, mostEpochs),
    augment: flag('augment', usual.augment),
    compared: read<readonly NetworkChoice[]>('compared', usual.compared, (text) => {
      const choices = text.split('|').map(readChoice)
      const whole = choices.length <= mostCompared && choices.every((choice) => choice !== undefined)
      return whole && new Set(text.split('|')).size === choices.length ? (choices as NetworkChoice[]) : undefined
    }),
    comparedEpochs: whole('comparedEpochs', usual.comparedEpochs, 1, mostComparedEpochs),
  }
  return { settings, refused }
}
