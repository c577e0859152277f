// A few pictures of each class: what a training reaches from the weights that Convoke ships, and from nothing.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { formats, randomSource } from 'convoke'
import { check } from 'convoke/shapes'
import type { Asked } from './rows.ts'

const [trainPictures, trainLabels] = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte']
const [testPictures, testLabels] = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']

export const fewName = '50 pictures a class of Fashion-MNIST'

/** Pictures of a class, and the seeds of the choices that the figures are means of. */
export const [eachClass, seeds] = [50, [0, 1, 2]] as const

const read = (path: string) => formats.decodeIdx(path, gunzipSync(readFileSync(path)))

/** Writes `count` pictures of each class into `folder`, drawn by the seed (the first ones for 0), with the whole test part. */
export function writeFew(source: string, folder: string, count: number, seed: number): void {
  const [pictures, labels] = [trainPictures, trainLabels].map((name) => read(join(source, `${name}.gz`)))
  const [, height, width] = pictures.shape
  const order = Array.from(labels.data, (_, at) => at)
  if (seed > 0) shuffle(order, seed)
  const seen = new Map<number, number>()
  const chosen = order.filter((at) => {
    const label = labels.data[at]
    const before = seen.get(label) ?? 0
    seen.set(label, before + 1)
    return before < count
  })
  check(chosen.length === count * seen.size, () => `bench: a class of ${source} has fewer than ${count} pictures.`)
  const size = height * width
  const few = new Uint8Array(chosen.length * size)
  chosen.forEach((at, place) => {
    few.set(pictures.data.subarray(at * size, (at + 1) * size) as Uint8Array, place * size)
  })
  const write = (name: string, shape: readonly number[], data: Uint8Array): void =>
    writeFileSync(join(folder, name), formats.encodeIdx({ dtype: 'uint8', shape, data }))
  mkdirSync(folder, { recursive: true })
  write(trainPictures, [chosen.length, height, width], few)
  write(
    trainLabels,
    [chosen.length],
    Uint8Array.from(chosen, (at) => labels.data[at]),
  )
  for (const name of [testPictures, testLabels]) {
    const { shape, data } = read(join(source, `${name}.gz`))
    write(name, shape, data as Uint8Array)
  }
}

/** Fisher and Yates. */
function shuffle(order: number[], seed: number): void {
  const random = randomSource(seed)
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.integer(last + 1)
    ;[order[last], order[other]] = [order[other], order[last]]
  }
}

/** Of the mean accuracy from shipped weights, the points above that from nothing. */
export const gained: Asked = {
  ...{ what: 'points more from shipped weights', least: 3, show: 'number' },
  of: ({ figures }) => figures['gain'] ?? null,
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The accuracies of trainings from nothing and from shipped weights on the same choices of pictures, and their difference in points. */
export function gainOf(
  fromNothing: readonly number[],
  fromShipped: readonly number[],
): Readonly<Record<'nothing' | 'shipped' | 'gain', number>> {
  const [nothing, shipped] = [mean(fromNothing), mean(fromShipped)]
  return { nothing, shipped, gain: 100 * (shipped - nothing) }
}
