// `convoke kernels`: the gallery with its numbers.

import { fromGallery, type GalleryKernel, gallery, type Kernel, type Matrix, pairs, usageOf } from 'convoke-workbench'
import { UsageError } from '../errors.ts'
import { formatMatrix, formatNumber } from '../kernel/matrix-text.ts'
import { readKernel } from '../kernel/read-kernel.ts'
import { outputFormat } from '../picture/encode.ts'
import { print, printJson, printNotes } from '../terminal/output.ts'
import { table } from '../terminal/table.ts'
import { visible } from '../terminal/visible.ts'

export interface KernelsText {
  readonly json: boolean
  readonly sheet?: string
}

/** `names` are kernels to show; with `--sheet` the only one is the picture. */
export async function runKernels(names: readonly string[], { json, sheet }: KernelsText): Promise<void> {
  if (sheet !== undefined) return drawSheetTo(sheet, names, json)
  if (names.length === 0) {
    if (json)
      printJson(
        gallery.map((entry) => asJson(entry, { name: entry.name, rows: defaultOf(entry), signed: entry.signed })),
      )
    else print(listing().join('\n'))
    return
  }
  const found = (await Promise.all(names.map(readKernel))).flat()
  if (json) printJson(found.map((kernel) => asJson(entryOf(kernel), kernel)))
  else print(found.map((kernel) => describe(kernel).join('\n')).join('\n\n'))
}

const entryOf = ({ name }: Kernel): GalleryKernel | undefined =>
  gallery.find((entry) => entry.name === name.split(':')[0])

const defaultOf = (entry: GalleryKernel): Matrix => fromGallery(entry.name)?.[0].rows ?? []

const asJson = (entry: GalleryKernel | undefined, kernel: Kernel) => ({
  name: kernel.name,
  summary: entry?.summary,
  usage: entry === undefined ? undefined : usageOf(entry),
  parameters: entry?.parameters,
  normalisation: entry?.normalisation,
  signed: kernel.signed,
  sum: tidySum(kernel.rows),
  kernel: kernel.rows,
})

/** The sum of the numbers, without what float64 leaves of a sum that is zero. */
function tidySum(rows: Matrix): number {
  const values = rows.flat()
  const sum = values.reduce((total, value) => total + value, 0)
  const gain = values.reduce((total, value) => total + Math.abs(value), 0)
  return Math.abs(sum) < 1e-12 * gain ? 0 : Number(sum.toPrecision(12))
}

function listing(): string[] {
  const rows = gallery.map((entry) => {
    const kernel = defaultOf(entry)
    return [
      usageOf(entry),
      `${kernel.length}×${kernel[0].length}`,
      formatNumber(tidySum(kernel)),
      entry.signed ? 'signed' : '',
      entry.summary,
    ]
  })
  return [
    `${gallery.length} kernels, as they slide (correlation). Sizes and sums are those of the default parameters.`,
    '',
    ...table([['kernel', 'size', 'sum', '', ''], ...rows], ['left', 'right', 'right', 'left', 'left']),
    '',
    `Pairs, for --magnitude: ${Object.keys(pairs).join(', ')}.`,
    'signed: results fall on both sides of zero; `apply --range auto` then draws zero as middle grey.',
    'Numbers of one: `convoke kernels gaussian:2`. A picture of all: `convoke kernels --sheet out/sheet.png scene`.',
  ]
}

function describe(kernel: Kernel): string[] {
  const entry = entryOf(kernel)
  const { rows } = kernel
  const numbers = table(formatMatrix(rows))
  const head = `${visible(kernel.name)}: ${rows.length} × ${rows[0].length}, sum ${formatNumber(tidySum(rows))}${kernel.signed ? ', signed' : ''}`
  if (entry === undefined) return [head, ...numbers]
  const parameters = entry.parameters.map(
    (p) => `  ${p.name}: ${p.meaning}, ${p.min} to ${p.max}, default ${p.default}`,
  )
  return [head, `${entry.summary}. It ${entry.normalisation}.`, ...parameters, ...numbers]
}

async function drawSheetTo(path: string, pictures: readonly string[], json: boolean): Promise<void> {
  if (pictures.length !== 1)
    throw new UsageError(
      `--sheet draws one picture; ${pictures.length} are named. Write convoke kernels --sheet ${path} PICTURE.`,
    )
  if (outputFormat(path).picture !== 'png') throw new UsageError(`the sheet ${path} must be a .png file.`)
  const { protectInput } = await import('../apply/outputs.ts')
  const { thumbnail } = await import('../picture/thumbnail.ts')
  const { gallerySheet } = await import('../sheet/gallery-sheet.ts')
  const { writeChunks, writeWhole } = await import('../picture/write-whole.ts')
  await protectInput(pictures[0], [path], false)
  const { picture, notes } = await thumbnail(pictures[0], 288)
  const { png, count } = await gallerySheet(picture, `Convoke kernel gallery: ${pictures[0].replace(/^.*[/\\]/, '')}`)
  await writeWhole(path, (temporary) => writeChunks(temporary, [png]))
  printNotes(notes)
  if (json) printJson({ path, kernels: count })
  else print(visible(`${path}: ${count} results of ${pictures[0]}`))
}
