// The view's pictures, by the library. Runs in the worker.

import {
  correlate,
  currentBackend,
  explainCorrelate,
  keep,
  multiply,
  rfft,
  scope,
  sum,
  type Tensor,
  tensor,
} from 'convoke'
import { type Boundary, elementAt } from 'convoke/shapes'
import type { Matrix } from 'convoke-workbench'
import { createTurns } from '../engine/in-turn.ts'
import type { Answered } from '../engine/index.ts'
import type { Pixels } from '../ui/pixels.ts'
import { luminance } from './luminance.ts'
import { centred } from './placement.ts'
import type { FiltersAnswer, FiltersQuestion, Probe, ProbeQuestion, Spectra } from './task.ts'

const sidesOf = (kernel: Matrix): number[] => [kernel.length, kernel[0].length]

/** `[height × width × channels]`, 0 … 255: red, green, blue, or one of them, or grey. */
function floatsOf(
  { width, height, data }: FiltersQuestion['picture'],
  grey: boolean,
  channel: number | undefined,
): Float32Array {
  const pixels = width * height
  const single = grey || channel !== undefined
  const values = new Float32Array(pixels * (single ? 1 : 3))
  if (grey)
    for (let i = 0; i < pixels; i++)
      values[i] = luminance[0] * data[4 * i] + luminance[1] * data[4 * i + 1] + luminance[2] * data[4 * i + 2]
  else if (channel !== undefined) for (let i = 0; i < pixels; i++) values[i] = data[4 * i + channel]
  else
    for (let i = 0; i < pixels; i++) {
      values[3 * i] = data[4 * i]
      values[3 * i + 1] = data[4 * i + 1]
      values[3 * i + 2] = data[4 * i + 2]
    }
  return values
}

interface Input {
  readonly key: string
  readonly values: Float32Array
  /** `[height, width, channels]` */
  readonly x: Tensor
}

/** The picture as it was asked about last: another kernel needs no other. */
let input: Input | undefined

function inputOf({ picture, pictureId, grey, channel }: FiltersQuestion): Input {
  const key = [pictureId, grey, channel].join()
  if (input?.key === key) return input
  input?.x.dispose()
  const values = floatsOf(picture, grey, channel)
  const { width, height } = picture
  input = { key, values, x: tensor(values, { shape: [height, width, values.length / (width * height)] }) }
  return input
}

function rangeOf(values: Float32Array): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least) least = values[i]
    if (values[i] > most) most = values[i]
  }
  return [least, most]
}

/** Values as a canvas shows them: as they are, or zero as middle grey and the largest magnitude as black or white. */
function bytesOf(
  values: Float32Array,
  width: number,
  height: number,
  range: readonly [number, number],
  signed: boolean,
): Pixels {
  const pixels = width * height
  const channels = values.length / pixels
  const largest = Math.max(Math.abs(range[0]), Math.abs(range[1])) || 1
  const [gain, zero] = signed ? [127 / largest, 128] : [1, 0]
  const data = new Uint8ClampedArray(4 * pixels)
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2]
  for (let at = 0, from = 0; at < data.length; at += 4, from += channels) {
    data[at] = values[from] * gain + zero
    data[at + 1] = values[from + green] * gain + zero
    data[at + 2] = values[from + blue] * gain + zero
    data[at + 3] = 255
  }
  return { width, height, data }
}

/** Questions whose kernels are assembled, with how the last filter is computed: to explain it takes longer than to compute it. */
const met = new Map<string, FiltersAnswer['how']>()

function howOf(shape: readonly number[], last: Matrix | undefined, boundary: Boundary): FiltersAnswer['how'] {
  if (last === undefined) return undefined
  const { algorithm, kernel } = explainCorrelate(shape, sidesOf(last), { padding: centred(sidesOf(last)), boundary })
  return { algorithm, kernel }
}

/** What goes into the last filter, of the question that was computed last: whoever looks at its pixels need not wait for the filters. */
let before: { readonly key: string; readonly shape: readonly number[]; readonly values: Float32Array } | undefined

const keyOf = ({ pictureId, kernels, boundary, grey, channel }: FiltersQuestion): string =>
  JSON.stringify([pictureId, kernels, boundary, grey, channel])

/** Two at a time would take the picture from under each other. */
const inTurn = createTurns()

export const computeFilters = (question: FiltersQuestion): Promise<Answered<FiltersAnswer>> =>
  inTurn(() => filter(question))

export const computeProbe = (question: ProbeQuestion): Promise<Answered<Probe | undefined>> =>
  inTurn(() => lookAt(question))

async function filter(question: FiltersQuestion): Promise<Answered<FiltersAnswer>> {
  const { picture, kernels, boundary, signed } = question
  const { width, height } = picture
  const { values: pixels, x } = inputOf(question)
  const steps = [x]
  try {
    const taps = kernels.map((rows) => tensor(rows as number[][]))
    const options = kernels.map((kernel) => ({ padding: centred(sidesOf(kernel)), boundary }))
    /** All filters, one after the other. */
    const run = async (): Promise<{ values: Float32Array; milliseconds: number }> => {
      for (const step of steps.splice(1)) step.dispose()
      const start = performance.now()
      for (const [i, tap] of taps.entries()) steps.push(correlate(steps[i], tap, options[i]))
      const values = (await steps[steps.length - 1].data()) as Float32Array
      return { values, milliseconds: performance.now() - start }
    }
    const first = await run()
    // What is met for the first time is planned and assembled first; what it takes from then on is what is told.
    const key = JSON.stringify([x.shape, kernels.map(sidesOf), boundary])
    const { values, milliseconds } = met.has(key) ? first : await run()
    if (!met.has(key)) met.set(key, howOf(x.shape, kernels.at(-1), boundary))
    const range = rangeOf(values)
    const result = bytesOf(values, width, height, range, signed)
    const last = steps.length > 2 ? ((await steps[steps.length - 2].data()) as Float32Array) : pixels
    before = { key: keyOf(question), shape: x.shape, values: last }
    const spectra = question.spectra ? await spectraOf(steps[0], steps[steps.length - 1], kernels) : undefined
    for (const tap of taps) tap.dispose()
    const answer = { result, range, milliseconds, backend: currentBackend().name, how: met.get(key), spectra }
    return { answer, transfer: [result.data.buffer] }
  } finally {
    for (const step of steps.slice(1)) step.dispose()
  }
}

const rowsOf = (values: ArrayLike<number>, columns: number): number[][] =>
  Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (__, column) => values[row * columns + column]),
  )

/** The window of the last filter under one pixel, in the first channel, with its products and their sum. */
async function lookAt(question: ProbeQuestion): Promise<Answered<Probe | undefined>> {
  const { pixel, boundary, kernels } = question
  const kernel = kernels.at(-1)
  if (kernel === undefined) return { answer: undefined }
  if (before?.key !== keyOf(question)) await filter({ ...question, spectra: false })
  const { shape, values } = before!
  const [height, width, channels] = shape
  const at = [Math.min(pixel[0], height - 1), Math.min(pixel[1], width - 1)]
  const pads = centred(sidesOf(kernel))
  const window = kernel.map((line, i) =>
    line.map((_, j) => {
      const row = elementAt(boundary, at[0] + i - pads[0][0], height)
      const column = elementAt(boundary, at[1] + j - pads[1][0], width)
      return row === undefined || column === undefined ? 0 : values[(row * width + column) * channels]
    }),
  )
  const [products, total] = scope(() => {
    const each = multiply(tensor(window), tensor(kernel as number[][]))
    return [keep(each), keep(sum(each))]
  })
  const probe = {
    ...{ window, kernel },
    products: rowsOf((await products.data()) as Float32Array, kernel[0].length),
    sum: ((await total.data()) as Float32Array)[0],
  }
  products.dispose()
  total.dispose()
  return { answer: probe }
}

const spectrumSide = 128

/** Logarithm of the magnitudes of a real square's spectrum, zero frequency in the middle. */
async function magnitudes(square: Tensor): Promise<Float32Array> {
  const half = rfft(square, { axes: [0, 1] })
  const values = (await half.data()) as Float32Array
  half.dispose()
  const columns = spectrumSide / 2 + 1
  const all = new Float32Array(spectrumSide ** 2)
  for (let row = 0; row < spectrumSide; row++)
    for (let column = 0; column < spectrumSide; column++) {
      const [y, x] = [(row + spectrumSide / 2) % spectrumSide, (column + spectrumSide / 2) % spectrumSide]
      // A real picture's spectrum is its own mirror: X(−f) is the conjugate of X(f).
      const mirrored = x >= columns
      const [i, j] = mirrored ? [(spectrumSide - y) % spectrumSide, spectrumSide - x] : [y, x]
      const at = 2 * (i * columns + j)
      all[row * spectrumSide + column] = Math.hypot(values[at], values[at + 1])
    }
  return all
}

function spectrumPicture(values: Float32Array, most: number, decades: number): Pixels {
  const data = new Uint8ClampedArray(4 * values.length)
  for (let i = 0; i < values.length; i++) {
    const level = 255 * (1 + Math.log10(Math.max(values[i] / most, 1e-12)) / decades)
    data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = level
    data[4 * i + 3] = 255
  }
  return { width: spectrumSide, height: spectrumSide, data }
}

/** The middle of a picture, faded out towards its edges (Hann), so that they do not show as frequencies. */
async function middleOf(x: Tensor): Promise<Tensor> {
  const [height, width, channels] = x.shape
  const values = (await x.data()) as Float32Array
  const [top, left] = [Math.floor((height - spectrumSide) / 2), Math.floor((width - spectrumSide) / 2)]
  const fade = Float32Array.from(
    { length: spectrumSide },
    (_, i) => Math.sin((Math.PI * (i + 0.5)) / spectrumSide) ** 2,
  )
  const square = new Float32Array(spectrumSide ** 2)
  for (let row = 0; row < spectrumSide; row++)
    for (let column = 0; column < spectrumSide; column++) {
      const [y, x] = [Math.min(Math.max(row + top, 0), height - 1), Math.min(Math.max(column + left, 0), width - 1)]
      let total = 0
      for (let c = 0; c < channels; c++) total += values[(y * width + x) * channels + c]
      square[row * spectrumSide + column] = (total / channels) * fade[row] * fade[column]
    }
  return tensor(square, { shape: [spectrumSide, spectrumSide] })
}

async function spectraOf(before: Tensor, after: Tensor, kernels: readonly Matrix[]): Promise<Spectra> {
  const [first, last] = [await middleOf(before), await middleOf(after)]
  const [was, is] = [await magnitudes(first), await magnitudes(last)]
  // Of filters one after the other, the responses multiply.
  const response = new Float32Array(spectrumSide ** 2).fill(1)
  for (const rows of kernels) {
    const square = tensor(wrapped(rows), { shape: [spectrumSide, spectrumSide] })
    const own = await magnitudes(square)
    for (let i = 0; i < response.length; i++) response[i] *= own[i]
    square.dispose()
  }
  for (const one of [first, last]) one.dispose()
  const most = rangeOf(was)[1] || 1
  return {
    before: spectrumPicture(was, most, 5),
    kernel: spectrumPicture(response, rangeOf(response)[1] || 1, 3),
    after: spectrumPicture(is, most, 5),
  }
}

/** The kernel on a square of zeros; what is larger than the square comes round again, as its samples of the spectrum do. */
function wrapped(rows: Matrix): Float32Array {
  const square = new Float32Array(spectrumSide ** 2)
  rows.forEach((row, i) => {
    row.forEach((value, j) => {
      square[(i % spectrumSide) * spectrumSide + (j % spectrumSide)] += value
    })
  })
  return square
}
