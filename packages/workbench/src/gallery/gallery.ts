// The kernel gallery: kernels by name, written `name` or `name:parameter[,parameter]`, as in `gaussian:2` or `motion:15,30`.

import { ConvokeError, check } from 'convoke/shapes'
import { didYouMean } from '../words/near.ts'
import { derivatives } from './derivatives.ts'
import { detectors } from './detectors.ts'
import { type GalleryKernel, type KernelParameter, largestSide, type Matrix } from './gallery-kernel.ts'
import { sharpening } from './sharpening.ts'
import { smoothing } from './smoothing.ts'

export const gallery: readonly GalleryKernel[] = [...smoothing, ...sharpening, ...derivatives, ...detectors]

/** Names that stand for two kernels, the change along x and along y, as `--magnitude` wants them. */
export const pairs: Readonly<Record<string, readonly [string, string]>> = Object.freeze({
  sobel: ['sobel-x', 'sobel-y'],
  scharr: ['scharr-x', 'scharr-y'],
  prewitt: ['prewitt-x', 'prewitt-y'],
  roberts: ['roberts-x', 'roberts-y'],
  difference: ['difference-x', 'difference-y'],
  'gaussian-d': ['gaussian-dx', 'gaussian-dy'],
})

/** A kernel ready to slide. */
export interface Kernel {
  /** As it was asked for: `gaussian:2`. */
  readonly name: string
  readonly rows: Matrix
  readonly signed: boolean
}

const entryOf = (name: string): GalleryKernel | undefined => gallery.find((kernel) => kernel.name === name)

/** Whether `text` is written as a gallery name, known or not: a word, then perhaps a colon and parameters. */
export const looksLikeName = (text: string): boolean => /^[a-z][a-z0-9-]*(:[^/\\]*)?$/i.test(text)

/** The kernels that a gallery name stands for: one, or two for the name of a pair. Undefined when there is none. */
export function fromGallery(text: string): readonly Kernel[] | undefined {
  const [given, ...rest] = text.split(':')
  const name = given.toLowerCase()
  const pair = pairs[name]
  if (pair !== undefined) return pair.flatMap((one) => fromGallery([one, ...rest].join(':')) ?? [])
  const entry = entryOf(name)
  if (entry === undefined) return undefined
  // biome-ignore lint/plugin/spread-of-a-list: the parameters of one kernel
  const rows = entry.build(...readParameters(entry, rest.length === 0 ? undefined : rest.join(':')))
  return [Object.freeze({ name: [name, ...rest].join(':'), rows, signed: entry.signed })]
}

/** `motion[:length[,angle]]`: how an entry is written. */
export function usageOf({ name, parameters }: GalleryKernel): string {
  return `${name}${parameters.map((p, i) => `[${i === 0 ? ':' : ','}${p.name}`).join('')}${']'.repeat(parameters.length)}`
}

function readParameters(entry: GalleryKernel, text: string | undefined): number[] {
  const given = text === undefined ? [] : text.split(',').map((part) => part.trim())
  const { parameters } = entry
  check(given.length <= parameters.length, () => {
    const takes = parameters.length === 0 ? 'takes no parameters' : `takes ${parameters.map((p) => p.name).join(', ')}`
    return `kernel ${entry.name} ${takes}; "${text}" gives ${given.length}. Write ${usageOf(entry)}.`
  })
  return parameters.map((parameter, index) => {
    const part = given[index]
    return part === undefined ? parameter.default : readParameter(entry, parameter, part)
  })
}

function readParameter(entry: GalleryKernel, parameter: KernelParameter, text: string): number {
  const { name, min, max, step, meaning } = parameter
  const value = text === '' ? Number.NaN : Number(text)
  const fits = step === undefined || (step === 'odd' ? value % 2 === 1 : value % step === 0)
  check(Number.isFinite(value) && value >= min && value <= max && fits, () => {
    const kind = step === 'odd' ? 'an odd whole number' : step === undefined ? 'a number' : `a multiple of ${step}`
    return `kernel ${entry.name}: ${name} is "${text}"; it must be ${kind} from ${min} to ${max} (${meaning}). Write for instance ${entry.name}:${parameters(entry)}.`
  })
  return value
}

const parameters = (entry: GalleryKernel): string => entry.parameters.map((p) => p.default).join(',')

/** The error for a name that the gallery lacks, with the nearest it has. */
export function unknownKernel(text: string): ConvokeError {
  const name = text.toLowerCase().split(':')[0]
  const hint = didYouMean(name, [...gallery.map((kernel) => kernel.name), ...Object.keys(pairs)])
  return new ConvokeError(
    `kernel "${text}" is neither in the gallery nor a file.${hint} \`convoke kernels\` lists the gallery; numbers are written "1 0 -1; 2 0 -2; 1 0 -1".`,
  )
}

/** Refuses what no gallery kernel exceeds either. */
export function checkSide(what: string, rows: Matrix): void {
  check(
    rows.length <= largestSide && rows[0].length <= largestSide,
    () =>
      `${what}: ${rows.length} × ${rows[0].length} numbers; a side may have ${largestSide} at most. Use a smaller kernel.`,
  )
}
