// The network that is open, its pictures, and what it made of the picture that was asked about last. Runs in the worker.

import { data, softmax, tensor } from 'convoke'
import type { OnnxModel } from 'convoke/graph'
import { largestOf } from 'convoke/shapes'
import { readFiles, Unreadable } from '../../models/read.ts'
import { samplePicture, samples } from '../../pictures/samples.ts'
import { floatsOf } from '../../shapes/compute.ts'
import { fitted } from '../../shapes/picture.ts'
import type { OpenAnswer, OpenedNetwork, PictureIn, Shown, Source } from '../task.ts'
import { digitPictures, digitsNetwork } from './digits.ts'
import { type Form, goInOf, type Network, openedOf, openNetwork, type Ran, runAll, scoresOf, Unfit } from './network.ts'
import { runNetwork } from './run.ts'

/** Pictures that a network can be shown, floats from 0 to 1. */
export interface PictureSet {
  readonly count: number
  readonly labels: readonly number[] | undefined
  readonly get: (index: number) => Promise<Float32Array>
}

export interface Session {
  readonly key: string
  readonly network: Network
  readonly pictures: PictureSet
}

let current: Session | undefined

/** Throws where the worker is a new one, or another network was opened since. */
export function sessionOf(key: string): Session {
  if (current?.key !== key) throw new Error('The network is no longer open.')
  return current
}

const shownPictures = 200

interface Made {
  readonly name: string
  readonly model: OnnxModel
  readonly pictures?: PictureSet
}

async function make(source: Source): Promise<Made> {
  if (source.kind === 'digits')
    return { name: '', model: await digitsNetwork(), pictures: setOf(digitPictures(shownPictures)) }
  if (source.kind === 'files') return readFiles(source.files)
  const { model, test } = await runNetwork(source.run)
  return { name: '', model, pictures: setOf(test) }
}

export async function open({ key, source }: { readonly key: string; readonly source: Source }): Promise<OpenAnswer> {
  try {
    const { name, model, pictures } = await make(source)
    const network = await openNetwork(model)
    const session = { key, network, pictures: pictures ?? drawnPictures(network.form) }
    current?.network.run.dispose()
    current = session
    ran = undefined
    return { kind: 'opened', network: openedOf(network, { key, name, ...(await judged(session)) }) }
  } catch (error) {
    if (error instanceof Unfit) return { kind: 'unfit', reason: error.reason, detail: error.message }
    if (error instanceof Unreadable) return { kind: 'unreadable', reason: error.reason, detail: error.message }
    if (source.kind !== 'files') throw error
    return { kind: 'unreadable', reason: 'damaged', detail: error instanceof Error ? error.message : String(error) }
  }
}

function setOf(set: data.Dataset<data.ClassifiedPicture>): PictureSet {
  const kept = data.cacheDataset(set)
  const count = Math.min(set.length, shownPictures)
  return {
    count,
    labels: Array.from({ length: count }, (_, i) => set.labelOf?.(i) ?? 0),
    get: async (index) => Float32Array.from(data.toUnit((await kept.get(index)).image).data),
  }
}

/** Windows of a drawn picture, a side. */
const cuts = [1, 2, 4]

/** For networks that come without pictures: digits for small grey ones, else the lab's drawn pictures, whole and in parts. */
function drawnPictures({ height, width, channels }: Form): PictureSet {
  if (channels === 1 && height === width && height >= 8 && height <= 64)
    return setOf(digitPictures(shownPictures, height))
  const places = samples.flatMap((name) =>
    cuts.flatMap((cut) =>
      Array.from({ length: cut * cut }, (_, i) => ({ name, cut, row: Math.floor(i / cut), column: i % cut })),
    ),
  )
  return {
    count: places.length,
    labels: undefined,
    get: async (index) => {
      const { name, cut, row, column } = places[index]
      const whole = samplePicture(name)
      const [h, w] = [Math.floor(whole.height / cut), Math.floor(whole.width / cut)]
      const part = new Uint8ClampedArray(4 * h * w)
      for (let y = 0; y < h; y++) {
        const from = 4 * ((row * h + y) * whole.width + column * w)
        part.set(whole.data.subarray(from, from + 4 * w), 4 * y * w)
      }
      return floatsOf(fitted({ width: w, height: h, data: part }, height, width), channels)
    },
  }
}

/** MACs that it may cost to find out how many pictures a network reads rightly. */
const mostJudging = 1e9

/** How many of its pictures a network reads rightly, where that costs little. */
async function judged(session: Session): Promise<Pick<OpenedNetwork, 'accuracy' | 'pictures'>> {
  const { network, pictures } = session
  const { count, labels } = pictures
  const known = network.classes?.length === 10 || network.told !== undefined ? labels : undefined
  if (known === undefined || network.score === undefined || count * network.macs > mostJudging)
    return { accuracy: undefined, pictures: { count, labels } }
  const goIn = goInOf(network, 'told')
  let right = 0
  for (let i = 0; i < count; i++) {
    const scores = await scoresOf(network, await pictures.get(i), goIn)
    if (scores.indexOf(largestOf(scores)) === known[i]) right++
  }
  return { accuracy: right / count, pictures: { count, labels } }
}

/** `[height, width, channels]` from 0 to 1. */
export async function pixelsOf({ network, pictures }: Session, picture: PictureIn): Promise<Float32Array> {
  const { height, width, channels } = network.form
  if (picture.kind === 'set') return pictures.get(picture.index % pictures.count)
  if (picture.kind === 'own') return floatsOf(fitted(picture.pixels, height, width), channels)
  const values = new Float32Array(height * width * channels)
  for (let i = 0; i < values.length; i++) values[i] = picture.ink[Math.floor(i / channels)] / 255
  return values
}

export interface Looked extends Ran {
  readonly pixels: Float32Array
}

/** The picture that was asked about last: several questions about one come at once. */
let ran: { readonly shown: Shown; readonly looked: Promise<Looked> } | undefined

const samePicture = (a: PictureIn, b: PictureIn): boolean =>
  a.kind === 'set' && b.kind === 'set'
    ? a.index === b.index
    : a.kind === 'drawn' && b.kind === 'drawn'
      ? a.ink.length === b.ink.length && a.ink.every((value, i) => value === b.ink[i])
      : a.kind === 'own' && b.kind === 'own'
        ? a.pixels.width === b.pixels.width && a.pixels.data.every((value, i) => value === b.pixels.data[i])
        : false

/** What the network makes of a picture; the last one is remembered. */
export function look(shown: Shown): Promise<Looked> {
  const session = sessionOf(shown.key)
  const same = (known: Shown): boolean =>
    known.key === shown.key && known.goIn === shown.goIn && samePicture(known.picture, shown.picture)
  if (ran !== undefined && same(ran.shown)) return ran.looked
  const looked = (async (): Promise<Looked> => {
    const pixels = await pixelsOf(session, shown.picture)
    return { ...(await runAll(session.network, pixels, goInOf(session.network, shown.goIn))), pixels }
  })()
  ran = { shown, looked }
  // What failed is tried again.
  looked.catch(() => {
    if (ran?.looked === looked) ran = undefined
  })
  return looked
}

export function chancesOf(scores: Float32Array): Float32Array<ArrayBuffer> {
  const x = tensor(scores)
  const y = softmax(x, { axis: -1 })
  const chances = Float32Array.from(y.dataSync() as Float32Array)
  x.dispose()
  y.dispose()
  return chances
}
