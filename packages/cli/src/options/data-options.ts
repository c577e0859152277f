// How data is opened and how a network is trained, as typed: shared by the commands that train, evaluate and inspect.

import type { Command } from 'commander'
import type { formats } from 'convoke'
import { show } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { settingNames } from '../training/config-names.ts'
import type { OpenOptions } from '../training/data/opened.ts'
import { addMaskOptions, type MaskText, readMaskOptions } from './mask-options.ts'
import { readNumber } from './numbers.ts'

export interface DataText extends MaskText {
  readonly validation?: string
  readonly test?: string
  readonly seed?: string
  readonly size?: string
  readonly channels?: string
  readonly examples?: string
  readonly length?: string
  readonly labelColumn?: string
  readonly textColumn?: string
  readonly encoding?: string
  readonly delimiter?: string
  readonly strict?: boolean
}

/** Adds the size and channels that pictures are brought to. */
export const addPictureForm = (command: Command): Command =>
  command
    .option('--size <n>', 'resize pictures to this: one side, or height and width: 48x64')
    .option('--channels <n>', '1 (grey) or 3 (colour) (default: as the pictures are)')

/** What is held out where the data has no such part, as the help says it. */
const usualParts = {
  validation: 'share held out for validation, if the data has no such part',
  test: 'share held out for the test, if the data has no such part',
}

/** Adds the shares of the data that are held out. */
export const addHeldOut = (command: Command, { validation, test } = usualParts): Command =>
  command.option('--validation <share>', validation, '0.1').option('--test <share>', test, '0.1')

/** Adds how texts are split into words. */
export const addTokenizer = (command: Command): Command =>
  command.option('--tokenizer <name>', `how texts are split into words: ${settingNames.tokenizer.join(', ')}`)

/** Adds what says how data is read; without `amount`, all of it is. */
export function addDataOptions(command: Command, { strict = true, amount = true } = {}): Command {
  if (amount)
    command
      .optionsGroup('Data:')
      .option('--examples <n>', 'limit examples per split; for generated data, how many to make')
      .option('--length <steps>', 'steps of generated sequences')
  if (strict) command.option('--strict', 'stop at the first faulty file or row instead of skipping it', false)
  command
    .optionsGroup('Tables and texts:')
    .option('--label-column <name>', 'label column in tables, by name or number from 1')
    .option('--text-column <name>', 'text or file name column in tables')
    .option('--delimiter <sign>', 'field separator in tables: comma, semicolon, tab, bar or space (default: detected)')
    .option(
      '--encoding <name>',
      'encoding of texts and tables: utf-8, gb18030, shift_jis, windows-1251, koi8-r, latin1 … (default: detected)',
    )
  addMaskOptions(command.optionsGroup('Masks:'))
  return command
}

/** Throws `UsageError` for anything that is no such option. */
export function readDataOptions(text: DataText): OpenOptions {
  const share = (name: string, value: string | undefined) => readNumber(name, value, { most: 0.9 })
  return {
    seed: readNumber('seed', text.seed, { whole: true }),
    validation: share('validation', text.validation),
    test: share('test', text.test),
    strict: text.strict === true ? true : undefined,
    size: readSize(text.size),
    channels: readChannels(text.channels),
    examples: readNumber('examples', text.examples, { least: 2, whole: true }),
    length: readNumber('length', text.length, { least: 1, whole: true }),
    labelColumn: text.labelColumn,
    textColumn: text.textColumn,
    ...readMaskOptions(text),
    encoding: text.encoding,
    delimiter: readDelimiter(text.delimiter),
  }
}

const delimiters: Readonly<Record<string, formats.Delimiter>> = {
  ...{ ',': ',', comma: ',', ';': ';', semicolon: ';', '\t': '\t', '\\t': '\t', tab: '\t' },
  ...{ '|': '|', bar: '|', pipe: '|', ' ': ' ', space: ' ' },
}

function readDelimiter(text: string | undefined): formats.Delimiter | undefined {
  if (text === undefined) return undefined
  const name = text.toLowerCase()
  if (Object.hasOwn(delimiters, name)) return delimiters[name]
  throw new UsageError(`--delimiter is ${show(text)}. Use comma, semicolon, tab, bar or space, or the sign itself.`)
}

function readChannels(text: string | undefined): 1 | 3 | undefined {
  if (text === undefined) return undefined
  const found = { '1': 1, gray: 1, grey: 1, '3': 3, colour: 3, color: 3 }[text.toLowerCase()]
  if (found === undefined) throw new UsageError(`--channels is ${show(text)}. Use 1 (grey) or 3 (colour).`)
  return found as 1 | 3
}

const side = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 4 && value <= 4096) return value
  throw new UsageError(`--size has the side ${show(text)}; sides are whole numbers from 4 to 4096.`)
}

/** 64, or 48x64: height and width. */
function readSize(text: string | undefined): OpenOptions['size'] {
  if (text === undefined) return undefined
  const parts = text.toLowerCase().split(/[x×]/)
  if (parts.length > 2) throw new UsageError(`--size is ${show(text)}. Give one side, or height and width: 48x64.`)
  return parts.length === 1 ? side(parts[0]) : { height: side(parts[0]), width: side(parts[1]) }
}
