// `convoke data list` and `convoke data download`: public data sets by name.

import { data } from 'convoke'
import { cachedDataset, cacheFolder, downloadDataset } from 'convoke/node'
import { didYouMean } from 'convoke-workbench'
import { UsageError } from '../errors.ts'
import { bold, print, printJson, printNotes } from '../terminal/output.ts'
import { startProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { visible } from '../terminal/visible.ts'
import { makers } from './makers.ts'

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`

/** Bytes of all files; null where one is not known. */
const sizeOf = ({ files }: data.PublicDataset): number | null =>
  files.some(({ size }) => size === undefined) ? null : files.reduce((total, { size }) => total + (size ?? 0), 0)

export async function runList({ json }: { readonly json: boolean }): Promise<void> {
  const sets = await Promise.all(
    data.publicDatasets().map(async (set) => ({ ...set, size: sizeOf(set), folder: await cachedDataset(set.name) })),
  )
  if (json) {
    const made = makers.map(({ name, task, summary, formats }) => ({ name, task, summary, formats }))
    const known = sets.map(({ name, title, task, summary, licence, homepage, size, folder }) => ({
      ...{ name, title, task, summary, licence, homepage, size, folder },
    }))
    printJson({ cache: cacheFolder(), generate: made, download: known })
    return
  }
  print(bold('Made by Convoke: convoke data generate NAME --out FOLDER'))
  const generated = makers.map(({ name, task, summary }) => [`  ${name}`, task, summary])
  print(table(generated, ['left', 'left', 'left']).join('\n'))
  print(bold('\nPublished by others: convoke data download NAME'))
  const published = sets.map(({ name, task, summary, size, folder }) => [
    `  ${name}`,
    task,
    folder !== null ? 'here' : size === null ? '' : megabytes(size),
    summary,
  ])
  print(table(published, ['left', 'left', 'right', 'left']).join('\n'))
  print(`\nThey are kept in ${visible(cacheFolder())}; CONVOKE_DATA names another folder.`)
}

export async function runDownload(name: string, { json }: { readonly json: boolean }): Promise<void> {
  const names = data.publicDatasets().map((one) => one.name)
  if (!names.includes(name.toLowerCase()))
    throw new UsageError(`there is no public data set "${name}". Known: ${names.join(', ')}.${didYouMean(name, names)}`)
  const set = data.publicDataset(name)
  const total = sizeOf(set)
  const progress = await startProgress(`convoke data download ${set.name}`, total ?? 100)
  const seen = new Map<string, number>()
  const result = await downloadDataset(set, {
    tar: await import('tar'),
    onProgress: (file, { received, total: size }) => {
      const before = seen.get(file.name) ?? 0
      seen.set(file.name, received)
      // Without a known size the bar counts in hundredths of a file, of what the server says.
      const unit = total !== null ? 1 : size === null ? 0 : 100 / set.files.length / size
      progress.advance((received - before) * unit)
    },
  }).finally(() => progress.stop())
  if (json) {
    printJson({ name: set.name, task: set.task, licence: set.licence, homepage: set.homepage, ...result })
    return
  }
  const first = result.files.filter(({ verified }) => verified === 'first').map((file) => file.name)
  if (first.length > 0 && !result.cached)
    printNotes([
      `no checksum is known for ${first.join(', ')}; the one found is recorded, and later downloads must match it.`,
    ])
  print(
    `${set.title}: ${result.cached ? 'here already' : 'downloaded'}, in ${visible(result.folder)}. Licence: ${set.licence} (${set.homepage}).\nLook at it: convoke data inspect ${visible(result.folder)}`,
  )
}
