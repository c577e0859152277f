// How masks are read, as typed: shared by every command that reads data.

import type { Command } from 'commander'
import type { data } from 'convoke'
import { show } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import type { OpenOptions } from '../training/data/opened.ts'
import { readChoice } from './slide-options.ts'

export interface MaskText {
  readonly maskValues?: string
  readonly maskChannel?: string
  readonly ignoreValue?: string
}

const channels = ['auto', 'index', 'colour', 'alpha', 'red', 'green', 'blue'] as const satisfies readonly (
  | 'auto'
  | data.MaskChannel
)[]

const form = /^(\d{1,10}|#[0-9a-f]{6}|\d{1,3}:\d{1,3}:\d{1,3})$/i

/** Adds `--mask-values --mask-channel --ignore-value`. */
export const addMaskOptions = (command: Command): Command =>
  command
    .option(
      '--mask-values <values>',
      'grey value, index or colour of each class, with or without its name: 0,128,255 or ground=0,road=#804080 (default: those found)',
    )
    .option('--mask-channel <name>', `where masks hold the class: ${channels.join(', ')} (default: detected)`)
    .option(
      '--ignore-value <values>',
      'values or colours left out of loss and scores, or none (default: 255 beside indices of classes)',
    )

/** Throws `UsageError` for anything that is no such option. */
export function readMaskOptions(
  text: MaskText,
): Pick<OpenOptions, 'maskValues' | 'maskNames' | 'maskChannel' | 'ignoreValues'> {
  const channel = text.maskChannel === undefined ? 'auto' : readChoice('mask-channel', text.maskChannel, channels)
  return {
    ...readValues(text.maskValues),
    maskChannel: channel === 'auto' ? undefined : channel,
    ignoreValues:
      text.ignoreValue === undefined
        ? undefined
        : text.ignoreValue.trim().toLowerCase() === 'none'
          ? []
          : text.ignoreValue.split(',').map((one) => readValue('ignore-value', one)),
  }
}

function readValue(option: string, text: string): string {
  const value = text.trim().toLowerCase()
  if (!form.test(value))
    throw new UsageError(
      `--${option} has the value ${show(text.trim())}; give whole numbers from 0 on or colours: 255, #ff0000 or 255:0:0.`,
    )
  return value
}

/** `0,255`, `road=#804080,sky=70:130:180`. */
function readValues(text: string | undefined): Pick<OpenOptions, 'maskValues' | 'maskNames'> {
  if (text === undefined) return {}
  const parts = text.split(',').map((part) => part.trim())
  const cuts = parts.map((part) => part.lastIndexOf('='))
  const values = parts.map((part, i) => readValue('mask-values', cuts[i] === 0 ? part : part.slice(cuts[i] + 1)))
  if (values.length < 2 || new Set(values).size < values.length)
    throw new UsageError(`--mask-values is ${show(text)}; give two values or more, each once: 0,255.`)
  const named = cuts.filter((cut) => cut > 0).length
  if (named > 0 && named < parts.length)
    throw new UsageError(`--mask-values is ${show(text)}; name all classes or none: ground=0,road=128.`)
  if (named === 0) return { maskValues: values }
  const names = parts.map((part, i) => part.slice(0, cuts[i]).trim())
  const twice = names.find((name, at) => names.indexOf(name) < at)
  if (twice !== undefined)
    throw new UsageError(
      `--mask-values is ${show(text)}; two classes are called ${twice}. Give each a name of its own.`,
    )
  return { maskValues: values, maskNames: names }
}
