// Series in the files of the UCR and UEA archives, .ts and .arff, and where they lie.

import { basename } from 'node:path'
import { data } from 'convoke'
import { check } from 'convoke/shapes'
import type { OpenOptions, Parts } from './opened.ts'
import { below, called, filesAtTop, type PartName, type Place, partIn } from './place.ts'
import { tableText } from './table.ts'
import { digestOf } from './twins.ts'

/** Bytes of a file that hold the beginning of its head, after comments. */
const headBytes = 2 ** 16

/** The .ts and .arff files at the top of a place: by their head, since programs and films end in .ts as well. */
export async function seriesFiles(
  place: Place,
): Promise<{ readonly ts: readonly string[]; readonly arff: readonly string[] }> {
  const { source } = place
  const files = filesAtTop(place, /\.(ts|arff)$/i)
  const are = await Promise.all(
    files.map(async (file) => {
      const start = await (source.readStart?.(file, headBytes) ?? source.read(file))
      return data.isSeriesFile(new TextDecoder('latin1').decode(start.subarray(0, headBytes)))
    }),
  )
  const found = files.filter((_, i) => are[i])
  return { ts: found.filter((file) => /\.ts$/i.test(file)), arff: found.filter((file) => /\.arff$/i.test(file)) }
}

const pair = /_(train|test)(\.(ts|arff|tsv|csv|txt))?$/i

/** The place where the series lie: at the top, or in the one folder that has a pair NAME_TRAIN and NAME_TEST. */
export async function seriesPlace(place: Place): Promise<{ readonly place: Place; readonly notes: readonly string[] }> {
  if (place.file !== undefined || place.paths.some((path) => !path.includes('/') && pair.test(path)))
    return { place, notes: [] }
  const folders = [...new Set(place.paths.filter((path) => pair.test(basename(path))).map(data.folderOf))]
  check(
    folders.length <= 1 || filesAtTop(place, /\.(ts|arff|tsv|csv|txt)$/i).some((file) => !/^readme/i.test(file)),
    () =>
      `${called(place)}: there are ${folders.length} sets of series, in ${folders.slice(0, 4).join(', ')}${folders.length > 4 ? ', …' : ''}. Open one of them: ${place.source.name}/${folders[0]}.`,
  )
  if (folders.length !== 1) return { place, notes: [] }
  return { place: below(place, folders[0]), notes: [`${called(place)}: the series are those in ${folders[0]}/.`] }
}

/** Opens .ts or .arff files, one for each part. */
export async function openSeriesFiles(
  place: Place,
  files: readonly string[],
  options: OpenOptions,
): Promise<Parts<data.SequencePair>> {
  const parts = new Map<PartName, { readonly name: string; readonly file: data.SeriesFile }>()
  for (const name of files) {
    const part = files.length === 1 ? 'train' : (partIn(name) ?? 'train')
    const before = parts.get(part)
    check(
      before === undefined,
      () =>
        `${called(place)}: ${before!.name} and ${name} both hold the part ${part}: these are several sets. Open one by its own name.`,
    )
    parts.set(part, { name, file: data.parseSeries(name, await tableText(place, name, options)) })
  }
  const all = [...parts.values()].map(({ file }) => file)
  const [classes, length] = [data.seriesClasses(all), data.seriesLength(all)]
  const problems: string[] = []
  const sets = new Map<PartName, data.Dataset<data.SequencePair>>()
  for (const [part, { name, file }] of parts) {
    const read = data.seriesDataset(name, file, { classes, length, strict: options.strict })
    for (const problem of read.problems) problems.push(problem)
    const { dataset } = read
    if (dataset.length > 0)
      sets.set(part, {
        ...dataset,
        groupOf: (index) => digestOf((dataset.get(index) as data.SequencePair).input),
      })
  }
  const train = sets.get('train') ?? sets.get('test')
  if (train === undefined) throw new data.NothingUsable(called(place), problems, 'series')
  const features = ((await train.get(0)).input.shape as readonly number[])[1]
  for (const [part, set] of sets) {
    const own = (await set.get(0)).input.shape[1]
    check(
      own === features,
      () => `${called(place)}: the series of ${part} have ${own} channels, those of train ${features}.`,
    )
  }
  const shorter = all.some(({ series }) => series.some(({ channels }) => channels.some((list) => list.length < length)))
  const notes = shorter
    ? [`${called(place)}: series have different lengths; shorter ones are filled up with zeros to ${length} steps.`]
    : []
  return {
    ...{
      kind: `series as ${/\.arff$/i.test(files[0]) ? 'ARFF' : '.ts'} files have them`,
      train,
      validation: sets.get('validation'),
    },
    ...{
      test: sets.has('train') ? sets.get('test') : undefined,
      classes,
      problems,
      notes,
      files: false,
      picture: null,
    },
    sequence: { length, features, target: 'class', outputs: classes.length },
    twins: 'series',
  }
}
