// The pictures that a channel answers to most strongly, cut to what its strongest output sees of them: Zeiler & Fergus 2014, figure 2.

import type { GraphModule } from 'convoke/graph'
import type { Answered } from '../../engine/index.ts'
import type { Patch, PatchesAnswer, PatchesQuestion } from '../task.ts'
import { goInOf, moduleTo, valuesOf } from './network.ts'
import { type Session, sessionOf } from './session.ts'

/** Milliseconds of work for one question. */
const slice = 150
/** Patches that are shown, one a picture. */
export const mostPatches = 9
/** Pictures that a large network is run on. */
const fewPictures = 63
/** MACs beyond which a network counts as large. */
const large = 5e7

/** Of each picture and channel of a layer: the largest value and where it is. */
interface Peaks {
  readonly name: string
  readonly module: GraphModule
  readonly values: Float32Array
  readonly places: Int32Array
  done: number
}

let peaks: Peaks | undefined

const countOf = ({ network, pictures }: Session): number =>
  network.macs > large ? Math.min(fewPictures, pictures.count) : pictures.count

export async function patches(question: PatchesQuestion): Promise<Answered<PatchesAnswer>> {
  const session = sessionOf(question.key)
  const { network, pictures } = session
  const of = countOf(session)
  const { channels } = network.layers[question.layer]
  const name = JSON.stringify([question.key, question.goIn, question.layer])
  if (peaks?.name !== name) {
    peaks?.module.dispose()
    peaks = {
      ...{ name, done: 0, module: moduleTo(network, question.layer) },
      ...{ values: new Float32Array(of * channels), places: new Int32Array(of * channels) },
    }
  }
  const own = peaks
  const start = performance.now()
  while (own.done < of && performance.now() - start < slice) {
    const at = own.done++
    const pixels = await pictures.get(at)
    const data = await valuesOf(network, question.layer, own.module, pixels, goInOf(network, question.goIn))
    // The network was left for another meanwhile.
    if (peaks !== own) break
    for (let c = 0; c < channels; c++) {
      let [best, place] = [Number.NEGATIVE_INFINITY, 0]
      for (let p = 0; p * channels < data.length; p++)
        if (data[p * channels + c] > best) [best, place] = [data[p * channels + c], p]
      own.values[at * channels + c] = best
      own.places[at * channels + c] = place
    }
  }
  if (own.done < of) return { answer: { kind: 'running', done: own.done, of } }
  return { answer: { kind: 'done', patches: await strongestOf(session, own, question, of), of } }
}

async function strongestOf(
  session: Session,
  { values, places }: Peaks,
  { layer, channel }: PatchesQuestion,
  of: number,
): Promise<Patch[]> {
  const { channels, width } = session.network.layers[layer]
  const value = (picture: number): number => values[picture * channels + channel]
  const order = Array.from({ length: of }, (_, i) => i).sort((a, b) => value(b) - value(a) || a - b)
  return Promise.all(
    order.slice(0, mostPatches).map(async (picture) => {
      const place = places[picture * channels + channel]
      const [row, column] = [Math.floor(place / width), place % width]
      return { picture, value: value(picture), row, column, ...(await cropOf(session, layer, picture, row, column)) }
    }),
  )
}

/** The exact receptive field of an output, from the picture. */
async function cropOf(
  { network, pictures }: Session,
  layer: number,
  picture: number,
  row: number,
  column: number,
): Promise<Pick<Patch, 'pixels' | 'height' | 'width' | 'top' | 'left'>> {
  const { height, width, channels } = network.form
  const { report, ...sizes } = network.layers[layer]
  const parts = sizes.height * sizes.width === 1 ? undefined : report?.sees?.([row, column])
  const reach = (axis: number, size: number): readonly [number, number] => {
    const seen = parts?.flatMap((part) => [...(part[axis] ?? [])]) ?? []
    if (seen.length === 0) return [0, size - 1]
    return [seen.reduce((a, b) => Math.min(a, b)), seen.reduce((a, b) => Math.max(a, b))]
  }
  const [[top, bottom], [left, right]] = [reach(0, height), reach(1, width)]
  const pixels = await pictures.get(picture)
  const [rows, columns] = [bottom - top + 1, right - left + 1]
  const cut = new Float32Array(rows * columns * channels)
  for (let y = 0; y < rows; y++) {
    const from = ((top + y) * width + left) * channels
    cut.set(pixels.subarray(from, from + columns * channels), y * columns * channels)
  }
  return { pixels: cut, height: rows, width: columns, top, left }
}
