// The view's settings as parameters of the address, and back. What cannot be read is left out and named.

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

const among =
  <T extends number | string>(values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => String(value) === text)

/** How each is read; undefined for what it cannot be. */
const readers: { readonly [N in keyof SegmentSettings]: (text: string) => SegmentSettings[N] | undefined } = {
  skips: among(skipChoices),
  depth: among<number>(depths),
  width: among<number>(widths),
  kernel: among<number>(kernels),
  loss: among(lossNames),
  rate: among<number>(rates),
  batch: among<number>(batchSizes),
  examples: among<number>(exampleCounts),
  side: among<number>(sides),
  epochs: (text) => {
    const value = /^\d{1,3}$/.test(text) ? Number(text) : 0
    return value >= 1 && value <= mostEpochs ? value : undefined
  },
  flip: (text) => (text === '1' ? true : text === '0' ? false : undefined),
}

export function readAddress(params: URLSearchParams): { settings: SegmentSettings; refused: string[] } {
  const refused: string[] = []
  const read = <N extends keyof SegmentSettings>(name: N): SegmentSettings[N] => {
    const text = params.get(name)
    if (text === null) return firstSettings[name]
    const value = readers[name](text)
    if (value === undefined) refused.push(name)
    return value ?? firstSettings[name]
  }
  const settings = Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as SegmentSettings
  return { settings, refused }
}
