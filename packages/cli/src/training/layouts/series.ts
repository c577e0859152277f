// Layouts of series with a class each.

import { data } from 'convoke'
import { filesAtTop } from '../data/place.ts'
import { seriesFiles } from '../data/series-files.ts'
import type { Layout, WritableSet, WrittenFile } from './layout.ts'

type Set = WritableSet<data.SequencePair>

const partNames = { train: 'TRAIN', validation: 'VAL', test: 'TEST' } as const

/** A file for each part: NAME_TRAIN.ts, NAME_TEST.ts; NAME.ts where there is one part. */
function* files(
  { name, sets, divided }: Set,
  ending: string,
  pieces: (set: data.Dataset<data.SequencePair>) => AsyncIterable<string>,
): Generator<WrittenFile> {
  for (const { part, set } of sets)
    yield { path: `${name}${divided ? `_${partNames[part]}` : ''}${ending}`, pieces: pieces(set) }
}

const table = (delimiter: ',' | '\t', header: boolean) =>
  async function* (set: Set): AsyncGenerator<WrittenFile> {
    yield* files(set, delimiter === ',' ? '.csv' : '.tsv', (own) =>
      data.seriesTablePieces(own, set.classes, { delimiter, header }),
    )
  }

export const seriesLayouts: readonly Layout<'sequence'>[] = [
  {
    ...{
      name: 'ts',
      task: 'sequence',
      title: "sktime's .ts, as the UCR and UEA archives have it, of one or several channels",
    },
    tree: ['NAME_TRAIN.ts  NAME_TEST.ts'],
    isThere: async (place) => (await seriesFiles(place)).ts.length > 0,
    async *write(set) {
      yield* files(set, '.ts', (own) => data.tsPieces(set.name, own, set.classes))
    },
  },
  {
    ...{ name: 'arff', task: 'sequence', title: "Weka's ARFF, as the archives have it, of one or several channels" },
    tree: ['NAME_TRAIN.arff  NAME_TEST.arff'],
    isThere: async (place) => (await seriesFiles(place)).arff.length > 0,
    async *write(set) {
      yield* files(set, '.arff', (own) => data.arffPieces(set.name, own, set.classes))
    },
  },
  {
    ...{ name: 'ucr', task: 'sequence', title: 'tables without a head, the class first, as the UCR archive has them' },
    tree: ['NAME_TRAIN.tsv  NAME_TEST.tsv'],
    isThere: (place) => filesAtTop(place, /_(train|test)(\.(tsv|txt))?$/i).length > 0,
    write: table('\t', false),
  },
  {
    ...{ name: 'csv', task: 'sequence', title: 'a table with the class and the numbers of a series in each row' },
    tree: ['NAME_TRAIN.csv  NAME_TEST.csv  (label,t0,t1,…)'],
    isThere: (place) => filesAtTop(place, /\.(csv|tsv|txt|data|dat)$/i).length > 0,
    write: table(',', true),
  },
]
