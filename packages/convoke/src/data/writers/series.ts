// Series as files: sktime's .ts, Weka's ARFF, and tables with the class first, as the UCR archive has them.

import { check } from '../../shapes/error.ts'
import type { Dataset, SequencePair } from '../dataset.ts'
import { tableField } from './boxes.ts'

/** The shortest number that is the same in float32. */
export function shortFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits))
    if (Math.fround(text) === value) return String(text)
  }
  return String(Number(value.toPrecision(9)))
}

/** Channels of a series, each a list of texts. */
function channelsOf({ shape: [length, channels], data }: SequencePair['input']): string[][] {
  return Array.from({ length: channels }, (_, c) =>
    Array.from({ length }, (_unused, t) => shortFloat(data[t * channels + c])),
  )
}

async function* examples(set: Dataset<SequencePair>): AsyncGenerator<{ channels: string[][]; label: number }> {
  for (let i = 0; i < set.length; i++) {
    const { input, target } = await set.get(i)
    yield { channels: channelsOf(input), label: target.data[0] }
  }
}

async function formOf(set: Dataset<SequencePair>): Promise<{ length: number; channels: number }> {
  const [length, channels] = (await set.get(0)).input.shape
  return { length, channels }
}

/** sktime's .ts, in pieces. Throws `ConvokeError` for a class whose name has spaces, colons or commas, which it has no form for. */
export async function* tsPieces(
  name: string,
  set: Dataset<SequencePair>,
  classes: readonly string[],
): AsyncGenerator<string> {
  const odd = classes.find((own) => /[\s:,]/.test(own) || own === '')
  check(
    odd === undefined,
    () =>
      `the class ${JSON.stringify(odd)} has a space, a colon or a comma, which .ts cannot represent. Use .arff, or rename it.`,
  )
  const { length, channels } = await formOf(set)
  yield [
    `@problemName ${name}`,
    '@timeStamps false',
    '@missing false',
    `@univariate ${channels === 1}`,
    ...(channels === 1 ? [] : [`@dimensions ${channels}`]),
    '@equalLength true',
    `@seriesLength ${length}`,
    `@classLabel true ${classes.join(' ')}`,
    '@data',
    '',
  ].join('\n')
  for await (const { channels: own, label } of examples(set))
    yield `${own.map((channel) => channel.join(',')).join(':')}:${classes[label]}\n`
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** Weka's ARFF, in pieces: an attribute a step, or of several channels a relational one. */
export async function* arffPieces(
  name: string,
  set: Dataset<SequencePair>,
  classes: readonly string[],
): AsyncGenerator<string> {
  const { length, channels } = await formOf(set)
  const steps = Array.from({ length }, (_, t) => `@attribute att${t} numeric`)
  yield [
    `@relation ${quoted(name)}`,
    ...(channels === 1 ? steps : ['@attribute relationalAtt relational', ...steps, '@end relationalAtt']),
    `@attribute target {${classes.map(quoted).join(',')}}`,
    '@data',
    '',
  ].join('\n')
  for await (const { channels: own, label } of examples(set)) {
    const values = channels === 1 ? own[0].join(',') : `'${own.map((channel) => channel.join(',')).join('\\n')}'`
    yield `${values},${quoted(classes[label])}\n`
  }
}

/** A table of series, in pieces: the class, then a number a step. Throws `ConvokeError` for series of several channels. */
export async function* seriesTablePieces(
  set: Dataset<SequencePair>,
  classes: readonly string[],
  {
    delimiter,
    header,
  }: {
    /** Between the fields. */
    readonly delimiter: ',' | '\t'
    /** Whether a first line names the columns: `label`, `t0`, `t1`, … */
    readonly header: boolean
  },
): AsyncGenerator<string> {
  const { length, channels } = await formOf(set)
  check(channels === 1, () => `a table has one number a step, and these series have ${channels}. Use .ts or .arff.`)
  const odd = delimiter === '\t' ? classes.find((own) => /[\t\r\n]/.test(own)) : undefined
  check(odd === undefined, () => `the class ${JSON.stringify(odd)} has a tab or a line break. Rename it.`)
  if (header) yield `${['label', ...Array.from({ length }, (_, t) => `t${t}`)].join(delimiter)}\n`
  for await (const { channels: own, label } of examples(set)) {
    const name = delimiter === ',' ? tableField(classes[label]) : classes[label]
    yield `${[name, ...own[0]].join(delimiter)}\n`
  }
}
