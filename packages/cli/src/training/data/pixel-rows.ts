// Rows of pixels as square pictures from 0 to 1, all tables of a set on one scale.

import { data } from 'convoke'
import { check } from 'convoke/shapes'
import { positionsIn } from './label-order.ts'
import { digestOf } from './twins.ts'

export interface PixelTable {
  readonly file: string
  readonly dataset: data.Dataset<data.TableRow>
}

/** What is white: 255 in pictures of bytes, 1 in others. */
export type White = 1 | 255

interface Extent {
  readonly file: string
  readonly largest: number
  /** Whether all numbers are whole. */
  readonly whole: boolean
}

async function extentOf({ file, dataset }: PixelTable): Promise<Extent> {
  let [largest, whole] = [0, true]
  for (let i = 0; i < dataset.length; i++) {
    for (const value of (await dataset.get(i)).values.data) {
      largest = Math.max(largest, value)
      whole &&= Number.isInteger(value)
    }
  }
  return { file, largest, whole }
}

/**
 * White in all tables: `known`, that of the training, or what their largest number says. A table of 0 and 1 alone may be of either
 * scale. Throws `ConvokeError` where tables are not on one scale.
 */
export async function whiteOf(tables: readonly PixelTable[], known?: White): Promise<White> {
  const extents = await Promise.all(tables.map(extentOf))
  const bright = extents.find(({ largest }) => largest > 1)
  const shares = extents.find(({ largest, whole }) => largest <= 1 && !whole)
  const white = known ?? (bright === undefined ? 1 : 255)
  const [other, to] = white === 1 ? [bright, bright?.largest] : [shares, 1]
  check(
    other === undefined,
    () =>
      `${other!.file}: its numbers go up to ${to}, those of ${known === undefined ? (extents[0] === other ? bright!.file : extents[0].file) : 'the training'} to ${white}, so one would be dark and the other bright. Use the same scale in all files.`,
  )
  return white
}

/** Rows of numbers as square pictures, grey or colour, from 0 to 1. */
export async function squarePictures(
  { file, dataset: table }: PixelTable,
  classes: readonly string[],
  white: White,
): Promise<data.Dataset<data.ClassifiedPicture>> {
  const { length } = (await table.get(0)).values.data
  const channels = Number.isInteger(Math.sqrt(length)) ? 1 : 3
  const side = Math.sqrt(length / channels)
  check(
    Number.isInteger(side),
    () =>
      `${file}: ${length} numbers per row do not make a square picture, grey or colour. For series of numbers: convoke train sequence.`,
  )
  const numbers = positionsIn(table.classes!, classes)
  return {
    ...data.mapDataset(table, ({ values, label }) => ({
      image: { shape: [side, side, channels], data: Float32Array.from(values.data, (value) => value / white) },
      label: numbers[label],
    })),
    ...{ classes, labelOf: (index: number) => numbers[table.labelOf!(index)] },
    groupOf: (index) => digestOf((table.get(index) as data.TableRow).values),
  }
}
