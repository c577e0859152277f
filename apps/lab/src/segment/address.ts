// The view's settings as parameters of the address, and back. What cannot be read is left out and named.

import { addressReader } from '../words/address.ts'
import {
  batchSizes,
  depths,
  exampleCounts,
  firstSettings,
  kernels,
  lossNames,
  mostEpochs,
  rates,
  type SegmentSettings,
  sides,
  skipChoices,
  widths,
} from './settings.ts'

const textOf = (value: SegmentSettings[keyof SegmentSettings]): string =>
  typeof value === 'boolean' ? (value ? '1' : '0') : String(value)

const names = Object.keys(firstSettings) as readonly (keyof SegmentSettings)[]

export function writeAddress(settings: SegmentSettings): URLSearchParams {
  const params = new URLSearchParams()
  for (const name of names) if (settings[name] !== firstSettings[name]) params.set(name, textOf(settings[name]))
  return params
}

export function readAddress(params: URLSearchParams): { settings: SegmentSettings; refused: readonly string[] } {
  const { refused, choice, whole, flag } = addressReader<keyof SegmentSettings>(params)
  const usual = firstSettings
  const settings: SegmentSettings = {
    skips: choice('skips', usual.skips, skipChoices),
    depth: choice<number>('depth', usual.depth, depths),
    width: choice<number>('width', usual.width, widths),
    kernel: choice<number>('kernel', usual.kernel, kernels),
    loss: choice('loss', usual.loss, lossNames),
    rate: choice<number>('rate', usual.rate, rates),
    batch: choice<number>('batch', usual.batch, batchSizes),
    examples: choice<number>('examples', usual.examples, exampleCounts),
    side: choice<number>('side', usual.side, sides),
    epochs: whole('epochs', usual.epochs, 1, mostEpochs),
    flip: flag('flip', usual.flip),
  }
  return { settings, refused }
}
