// Occlusion: Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", section 4.2. A grey patch covers one place of
// the picture after the other; where the chance of a class falls, the class was seen there.

import { mean, scope, tensor, withoutGradients } from 'convoke'
import type { Answered } from '../../engine/index.ts'
import { type OcclusionAnswer, type OcclusionQuestion, occlusionStride } from '../task.ts'
import { goInOf, scoresOf } from './network.ts'
import { chancesOf, look, sessionOf } from './session.ts'

/** Milliseconds of work for one question. */
const slice = 150

interface Begun {
  readonly name: string
  readonly pixels: Float32Array
  readonly cover: readonly number[]
  readonly whole: number
  readonly values: Float32Array<ArrayBuffer>
  done: number
}

let begun: Begun | undefined

/** The picture with a patch over the place, of the picture's mean colour. */
export function covered(
  pixels: Float32Array,
  { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: number },
  cover: readonly number[],
  { row, column, patch }: { readonly row: number; readonly column: number; readonly patch: number },
): Float32Array {
  const result = Float32Array.from(pixels)
  const [top, left] = [row - Math.floor(patch / 2), column - Math.floor(patch / 2)]
  for (let y = Math.max(0, top); y < Math.min(height, top + patch); y++)
    for (let x = Math.max(0, left); x < Math.min(width, left + patch); x++)
      for (let c = 0; c < channels; c++) result[(y * width + x) * channels + c] = cover[c]
  return result
}

/** The mean of each channel. */
export function meanColour(pixels: Float32Array, channels: number): number[] {
  let colour: number[] = []
  withoutGradients(() =>
    scope(() => {
      colour = [
        ...(mean(tensor(pixels, { shape: [pixels.length / channels, channels] }), {
          axes: 0,
        }).dataSync() as Float32Array),
      ]
    }),
  )
  return colour
}

export async function occlusion(question: OcclusionQuestion): Promise<Answered<OcclusionAnswer>> {
  const { network } = sessionOf(question.key)
  const { form } = network
  const looked = await look(question)
  const stride = occlusionStride(form.height, form.width)
  const [rows, columns] = [Math.ceil(form.height / stride), Math.ceil(form.width / stride)]
  const goIn = goInOf(network, question.goIn)
  const { pixels } = looked
  const name = JSON.stringify([question.key, question.goIn, question.class, question.patch])
  if (begun?.name !== name || begun.pixels !== pixels)
    begun = {
      ...{ name, pixels, cover: meanColour(pixels, form.channels), done: 0 },
      whole: chancesOf(looked.scores!)[question.class],
      values: new Float32Array(rows * columns).fill(Number.NaN),
    }
  const own = begun
  const start = performance.now()
  while (own.done < own.values.length && performance.now() - start < slice) {
    const [row, column] = [Math.floor(own.done / columns), own.done % columns]
    const middle = (at: number): number => at * stride + Math.floor(stride / 2)
    const place = { row: middle(row), column: middle(column), patch: question.patch }
    const scores = await scoresOf(network, covered(pixels, form, own.cover, place), goIn)
    own.values[own.done++] = own.whole - chancesOf(scores)[question.class]
  }
  return {
    answer: {
      ...{ class: question.class, height: rows, width: columns, values: Float32Array.from(own.values), stride },
      ...{ done: own.done, of: own.values.length },
    },
  }
}
