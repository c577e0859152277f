// Texts through a network.

import { data, scope, tensor, withoutGradients } from 'convoke'
import { check } from 'convoke/shapes'
import { ofFirst, partOf } from '../ranks/ranks.ts'
import { textForward } from '../training/kits/text.ts'
import { tokenizerOf } from '../training/kits/tokenizer.ts'
import { problemNotes } from '../training/open-data.ts'
import {
  type Asked,
  type Predictions,
  type Ranked,
  ranked,
  rankedAligns,
  rankedHead,
  rankedRow,
  rankedSheet,
  type Told,
  topOf,
} from './answers.ts'
import { readingOf, texts } from './inputs.ts'

interface Read {
  readonly text: string
  /** Words of it that the network knows, and others. */
  readonly known: number
  readonly unknown: number
  readonly predictions: readonly Ranked[]
}

/** Texts that go through the network together. */
const together = 64

/**
 * Classes of texts. The first rank reads them, as it alone has the standard input; ranks take whole batches, so that the numbers are
 * those of one process.
 */
export async function predictTexts({ config, model, inputs, options, ranks }: Asked): Promise<Predictions<Read>> {
  const { classes, text } = config
  const top = Math.min(topOf(options), classes.length)
  const all = await ofFirst(ranks, () => texts(inputs, readingOf(config, options)))
  check(
    all.some((one) => one.trim() !== ''),
    () => 'there is no text to read: every line is empty.',
  )
  const words = data.vocabularyOf(text!.words)
  const divide = tokenizerOf(text!)
  const forward = textForward(config, model)
  const values: Read[] = []
  const [from, to] = partOf(ranks, Math.ceil(all.length / together))
  for (let batch = from; batch < to; batch++) {
    const some = all.slice(batch * together, (batch + 1) * together)
    const tokens = some.map((one) => words.encode(divide(one), text!.length).data as Int32Array)
    const ids = Int32Array.from(
      { length: some.length * text!.length },
      (_, i) => tokens[Math.floor(i / text!.length)][i % text!.length],
    )
    const logits = withoutGradients(() => scope(() => forward(tensor(ids, { shape: [some.length, text!.length] }))))
    const scores = await logits.data()
    logits.dispose()
    some.forEach((one, i) => {
      const unknown = tokens[i].filter((token) => token === data.unknownToken).length
      const padding = tokens[i].filter((token) => token === data.paddingToken).length
      values.push({
        text: one,
        known: tokens[i].length - padding - unknown,
        unknown,
        // Of an empty text there is nothing to tell; its row stays, so that rows are those of the file.
        predictions:
          one.trim() === '' ? [] : ranked(scores.subarray(i * classes.length, (i + 1) * classes.length), classes, top),
      })
    })
  }
  return { values, tell: (read) => told(read, top, text!.tokenizer === 'characters' ? 'characters' : 'words') }
}

const short = (one: string): string => (one.length > 60 ? `${one.slice(0, 59)}…` : one)

function told(read: readonly Read[], top: number, what: string): Told {
  const strange = read
    .filter(({ known, predictions }) => known === 0 && predictions.length > 0)
    .map((one) => `“${short(one.text)}”: the network knows none of its ${what}, so the probabilities mean nothing.`)
  const empty = read.filter(({ predictions }) => predictions.length === 0).length
  const emptyText = empty === 1 ? 'one text is empty and has' : `${empty} texts are empty and have`
  const head = rankedHead('text', top)
  const rows = read.map((one) => {
    const row = rankedRow(short(one.text), one.predictions)
    return [...row, ...head.slice(row.length).map(() => '')]
  })
  const notes = [...problemNotes(strange), ...(empty > 0 ? [`${emptyText} no class.`] : [])]
  const sheet = rankedSheet(
    'text',
    top,
    read.map(({ text, predictions }) => ({ name: text, predictions })),
  )
  return { head, rows, aligns: rankedAligns(top), notes, sheet }
}
