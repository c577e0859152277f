// Series of numbers through a network.

import { formats, metrics, scope, tensor, withoutGradients } from 'convoke'
import { check } from 'convoke/shapes'
import { counted } from '../terminal/words.ts'
import { placeOf } from '../training/data/place.ts'
import { isNumber, readNumbers } from '../training/data/table.ts'
import { sequenceForward } from '../training/kits/sequence.ts'
import { type Asked, type Predictions, ranked, rankedHead, rankedRow, topOf } from './answers.ts'
import { type Reading, readingOf } from './inputs.ts'

interface Series {
  readonly name: string
  readonly values: Float32Array
}

/** Rows of numbers, as long as those of training; a row of names at the top is passed over. */
async function readSeries(file: string, length: number, options: Reading): Promise<Series[]> {
  const place = await placeOf(file)
  const [path] = place.paths
  const { rows } = await readNumbers(place, path, { ...options, unlabelled: true })
  const body = rows.length > 0 && !rows[0].fields.some(isNumber) ? rows.slice(1) : rows
  return body.map(({ line, fields }) => {
    check(
      fields.length === length && fields.every(isNumber),
      () =>
        `${file}, line ${line}: the row has ${counted(fields.length, 'field')}${fields.length === length ? ', not all of them numbers' : ''}; the network takes rows of ${counted(length, 'number')} and no class.`,
    )
    return { name: `${file}:${line}`, values: Float32Array.from(fields, formats.fieldNumber) }
  })
}

/** A class, values, or a class at each step for each row of each file. */
export async function predictSeries({ config, model, inputs, options }: Asked): Promise<Predictions> {
  const { length, features, target, outputs } = config.sequence!
  const all = (
    await Promise.all(inputs.map((file) => readSeries(file, length * features, readingOf(config, options))))
  ).flat()
  check(all.length > 0, () => `${inputs.join(', ')}: there are no rows of numbers.`)
  const forward = sequenceForward(config, model)
  const results = await Promise.all(
    all.map(async ({ name, values }) => {
      const output = withoutGradients(() => scope(() => forward(tensor(values, { shape: [1, length, features] }))))
      const numbers = Array.from(await output.data())
      output.dispose()
      return { name, numbers }
    }),
  )
  if (target === 'class') {
    const top = Math.min(topOf(options), outputs)
    const values = results.map(({ name, numbers }) => ({
      series: name,
      predictions: ranked(numbers, config.classes, top),
    }))
    return {
      ...{ head: rankedHead('series', top), values },
      rows: values.map(({ series, predictions }) => rankedRow(series, predictions)),
    }
  }
  const values = results.map(({ name, numbers }) => ({
    series: name,
    output: target === 'values' ? numbers : Array.from(metrics.argMaxRows(numbers, outputs)),
  }))
  return {
    ...{ head: ['series', 'output'], values },
    rows: values.map(({ series, output }) => [series, output.map((value) => Number(value.toPrecision(5))).join(' ')]),
  }
}
