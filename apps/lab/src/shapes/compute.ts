// What the view shows of a stack, by the library. Runs in the worker.

import { abs, currentBackend, gradients, keep, multiply, sum, type Tensor, tensor } from 'convoke'
import {
  addCounts,
  type Chain,
  type ChainLayer,
  type ChainStep,
  type Counts,
  chainSees,
  largestOf,
  noCounts,
  walkChain,
} from 'convoke/shapes'
import { type Network, writeLayer } from 'convoke-workbench'
import type { Answered } from '../engine/index.ts'
import type { Pixels } from '../ui/pixels.ts'
import { misfitOf } from './misfit.ts'
import { networkOf } from './network.ts'
import type { EffectiveAnswer, EffectiveQuestion, LayerRow, SeenAnswer, ShapesAnswer } from './task.ts'

export function computeShapes({ network }: { readonly network: Network }): Answered<ShapesAnswer> {
  const chain = walkChain(network.inputShape, network.layers)
  const { parameters, macs, flops, activationBytes } = chain.total
  return {
    answer: {
      rows: chain.steps.map((step, i) => rowOf(step, writeLayer(network.layers[i]))),
      totals: { parameters, macs, flops, kept: activationBytes, peak: chain.peakBytes },
      misfit: chain.failure === undefined ? undefined : misfitOf(network, chain.failure),
    },
  }
}

const rowOf = (step: ChainStep, label: string): LayerRow => ({
  ...{ label, outputShape: step.outputShape, positions: step.positions, channels: channelsOf(step) },
  ...{ parameters: step.parameters, macs: step.macs, flops: step.flops, memory: step.activationBytes },
  receptiveField: step.receptiveField,
})

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** Of one position; what is flat holds all positions one after the other, channels fastest. */
const channelsOf = ({ outputShape, positions }: ChainStep): number => product(outputShape) / product(positions)

export function computeSeen(
  network: Network,
  layer: number,
  position: readonly [row: number, column: number],
): SeenAnswer {
  return { parts: [chainSees(network.inputShape, network.layers.slice(0, layer + 1), position)] }
}

/** What a page can be asked to compute for one click. */
const most = { macs: 25e9, bytes: 700 * 2 ** 20 }

/** Bytes of weights and of all results, which the gradient needs as well. */
const bytesOf = ({ parameters, activationBytes }: Counts): number => 4 * parameters + 2 * activationBytes

/** What the layers up to one of them cost. */
const costOf = (chain: Chain): Counts => chain.steps.reduce<Counts>((total, step) => addCounts(total, step), noCounts)

export async function computeEffective(
  network: Network,
  question: Omit<EffectiveQuestion, 'network' | 'key'>,
): Promise<Answered<EffectiveAnswer>> {
  const layers = network.layers.slice(0, question.layer + 1)
  const chain = walkChain(network.inputShape, layers)
  const cost = costOf(chain)
  if (cost.macs > most.macs || bytesOf(cost) > most.bytes)
    return { answer: { kind: 'too-large', macs: cost.macs, bytes: bytesOf(cost) } }
  const step = chain.steps[question.layer]
  const made = networkOf(layers, chain.steps, question.seed).eval()
  try {
    return await gradientOf(question, network.inputShape, (x, watch) => watch(made(x)), {
      ...{ positions: step.positions, channels: channelsOf(step) },
      constant: question.channel === 0 && sumIsConstant(layers),
    })
  } finally {
    made.dispose()
  }
}

/** Whether the channels add up to the same whatever goes in, as those of a softmax do: what rounding leaves is no gradient. */
function sumIsConstant(layers: readonly ChainLayer[]): boolean {
  const last = layers.findLast((layer) => layer.kind !== 'elementwise' || layer.name !== 'dropout')
  return last !== undefined && 'name' in last && (last.name === 'softmax' || last.name === 'ln')
}

interface Output {
  readonly positions: readonly number[]
  readonly channels: number
  /** The gradient is 0 for a reason of mathematics. */
  readonly constant?: boolean
  /** What is smaller beside the largest is a trace of rounding, which fast algorithms leave where an output sees nothing. */
  readonly rounding?: number
}

/** Runs a network and hands over the result of the layer that is looked at, once; what `watch` gives is the loss. */
type Run = (x: Tensor, watch: (result: Tensor) => Tensor) => Tensor

/** The gradient of one output, or of the sum of its channels, in every pixel of the picture. */
export async function gradientOf(
  { picture, position, channel }: Pick<EffectiveQuestion, 'picture' | 'position' | 'channel'>,
  inputShape: readonly number[],
  run: Run,
  { positions, channels, constant = false, rounding = 0 }: Output,
): Promise<Answered<EffectiveAnswer>> {
  const start = performance.now()
  const x = tensor(floatsOf(picture, inputShape[2]), { shape: [1, ...inputShape] })
  const [, columns] = positions
  const first = (position[0] * columns + position[1]) * channels
  const chosen = Math.min(channel, channels)
  let result: Tensor | undefined
  const [gradient] = gradients(
    () =>
      run(x, (y) => {
        const mask = new Float32Array(y.size)
        if (chosen === 0) mask.fill(1, first, first + channels)
        else mask[first + chosen - 1] = 1
        result = keep(y.alias())
        return sum(multiply(y, tensor(mask, { shape: y.shape })))
      }),
    [x],
  )
  const strength = sum(abs(gradient), { axes: -1 })
  try {
    const magnitudes = Float32Array.from((await strength.data()) as Float32Array)
    const least = constant ? Number.POSITIVE_INFINITY : rounding * largestOf(magnitudes)
    for (let i = 0; i < magnitudes.length; i++) if (magnitudes[i] < least) magnitudes[i] = 0
    const values = (await result!.data()) as Float32Array
    const map = mapOf(values, channels, chosen)
    const counted = countsOf(magnitudes)
    return {
      answer: {
        ...{ kind: 'done', magnitudes, map, ...counted },
        ...{ milliseconds: performance.now() - start, backend: currentBackend().name },
      },
      transfer: [magnitudes.buffer, map.buffer],
    }
  } finally {
    for (const one of [x, gradient, strength, result]) one?.dispose()
  }
}

/** One channel, or the mean of all, at every position. */
function mapOf(values: Float32Array, channels: number, channel: number): Float32Array<ArrayBuffer> {
  const map = new Float32Array(values.length / channels)
  for (let i = 0; i < map.length; i++) {
    if (channel > 0) map[i] = values[i * channels + channel - 1]
    else {
      let total = 0
      for (let c = 0; c < channels; c++) total += values[i * channels + c]
      map[i] = total / channels
    }
  }
  return map
}

/** The largest magnitude, how many are not 0, and how many of the largest hold nine tenths of the sum. */
export function countsOf(magnitudes: Float32Array): { largest: number; touched: number; strong: number } {
  const sorted = magnitudes.filter((value) => value > 0).sort()
  let total = 0
  for (const value of sorted) total += value
  let strong = 0
  for (let held = 0; strong < sorted.length && held < 0.9 * total; strong++) held += sorted[sorted.length - 1 - strong]
  return { largest: sorted.at(-1) ?? 0, touched: sorted.length, strong }
}

/** Weights of Rec. 709, as the command's `--gray` has them. */
const luminance = [0.2126, 0.7152, 0.0722] as const

/** `[height, width, channels]`, 0 … 1: red, green, blue for three channels, grey for one; of other counts grey in each. */
export function floatsOf({ width, height, data }: Pixels, channels: number): Float32Array {
  const values = new Float32Array(width * height * channels)
  for (let i = 0; i < width * height; i++) {
    const grey = luminance[0] * data[4 * i] + luminance[1] * data[4 * i + 1] + luminance[2] * data[4 * i + 2]
    for (let c = 0; c < channels; c++) values[i * channels + c] = (channels === 3 ? data[4 * i + c] : grey) / 255
  }
  return values
}
