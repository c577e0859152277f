// What convolutions and linear layers multiply and add for one number.

import { multiply, sum, tensor } from 'convoke'
import type { Arithmetic, Frame, Term } from '../task.ts'
import { flattenedOrder, mapOf, number, numbers, type Scene } from './scene.ts'
import { asInFile, type LayerValues } from './values.ts'
import { framesOf, reachingTaps } from './window.ts'

/** Input channels, and terms of a linear layer, that are shown one by one. */
const [mostWindows, mostTerms] = [32, 12]

/** The indices of the strongest, by magnitude; those of equal strength in their order. */
export const strongest = (values: ArrayLike<number>, most: number): number[] =>
  Array.from({ length: values.length }, (_, i) => i)
    .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b)
    .slice(0, most)

interface Sliding {
  readonly input: LayerValues
  /** Where the taps lie that are used, row by row. */
  readonly frame: Frame
  /** Input channels that the output reads: how many, and the first of them. */
  readonly own: number
  readonly first: number
  /** Of those channels, counted from 0, and the taps of the frame, row by row. */
  readonly weightOf: (channel: number, tap: number) => number
}

/** What the taps under a window multiply and add, for a channel after the other. */
function slidingAt(scene: Scene, { input, frame, own, first, weightOf }: Sliding, transposed: boolean): Arithmetic {
  const inside = (y: number, x: number): boolean => y >= 0 && x >= 0 && y < input.height && x < input.width
  const places = frame.rows.flatMap((y) => frame.columns.map((x) => (inside(y, x) ? y * input.width + x : -1)))
  const taps = places.length
  const values = new Float32Array(own * taps)
  for (let c = 0; c < own; c++)
    for (let t = 0; t < taps; t++)
      values[c * taps + t] = places[t] < 0 ? 0 : input.data[places[t] * input.channels + first + c]
  const kernel = Float32Array.from({ length: own * taps }, (_, i) => weightOf(Math.floor(i / taps), i % taps))
  const bias = scene.weightsOf(2)?.[scene.channel] ?? 0
  const none = { kind: 'convolution', frame, channels: own, windows: [], rest: 0, bias, transposed } as const
  if (taps === 0) return none
  const grid = [own, taps]
  const products = numbers(() => multiply(tensor(values, { shape: grid }), tensor(kernel, { shape: grid })))
  const sums = numbers(() => sum(tensor(products, { shape: grid }), { axes: 1 }))
  const chosen = strongest(sums, mostWindows)
  const others = sums.filter((_, c) => !chosen.includes(c))
  const cut = (list: Float32Array, c: number): number[] => [...list.subarray(c * taps, (c + 1) * taps)]
  return {
    ...none,
    windows: chosen.map((c) => ({
      channel: first + c,
      values: cut(values, c).map((value, t) => (places[t] < 0 ? null : value)),
      ...{ weights: cut(kernel, c), products: cut(products, c), sum: sums[c], map: mapOf(input, first + c) },
    })),
    rest: others.length === 0 ? 0 : number(() => sum(tensor(others))),
  }
}

const groupsOf = ({ node }: Scene): number => {
  const group = node.attributes['group']
  return group?.type === 'int' ? group.value : 1
}

export function convolutionAt(scene: Scene): Arithmetic | undefined {
  const { node, layer, channel, row, column } = scene
  const [input, weights, shape] = [scene.valuesOf(0), scene.weightsOf(1), scene.shapeOf(1)]
  if (input === undefined || weights === undefined || shape?.length !== 4) return undefined
  const [, own, kh, kw] = shape
  const first = own * Math.floor(channel / (layer.channels / groupsOf(scene)))
  const frame = framesOf(node, [kh, kw], [input.height, input.width], [row, column])
  const weightOf = (c: number, tap: number): number => weights[(channel * own + c) * kh * kw + tap]
  return slidingAt(scene, { input, frame, own, first, weightOf }, false)
}

/** Of the kernel's taps only those reach an output behind which an input lies: input · stride − padding + tap · dilation. */
export function transposedAt(scene: Scene): Arithmetic | undefined {
  const { node, channel } = scene
  const [input, weights, shape] = [scene.valuesOf(0), scene.weightsOf(1), scene.shapeOf(1)]
  if (input === undefined || weights === undefined || shape?.length !== 4) return undefined
  const auto = node.attributes['auto_pad']
  if ((auto?.type === 'string' && auto.value !== 'NOTSET') || node.attributes['output_shape'] !== undefined)
    return undefined
  const [channels, out, kh, kw] = shape
  const own = channels / groupsOf(scene)
  const first = own * Math.floor(channel / out)
  const [rows, columns] = reachingTaps(node, [kh, kw], [input.height, input.width], [scene.row, scene.column])
  const frame = { rows: rows.map(({ from }) => from), columns: columns.map(({ from }) => from) }
  const weightOf = (c: number, place: number): number => {
    const tap = rows[Math.floor(place / columns.length)].tap * kw + columns[place % columns.length].tap
    return weights[((first + c) * out + (channel % out)) * kh * kw + tap]
  }
  return slidingAt(scene, { input, frame, own, first, weightOf }, true)
}

export function linearAt(scene: Scene): Arithmetic | undefined {
  const { node, network, channel } = scene
  const [input, weights, shape] = [scene.valuesOf(0), scene.weightsOf(1), scene.shapeOf(1)]
  if (input === undefined || weights === undefined || shape?.length !== 2) return undefined
  const flag = (name: string): boolean => node.attributes[name]?.value === 1
  const count = input.height * input.width * input.channels
  const transposed = flag('transB')
  const outputs = transposed ? shape[0] : shape[1]
  if ((transposed ? shape[1] : shape[0]) !== count || flag('transA')) return undefined
  const alpha = node.attributes['alpha']
  const factor = alpha?.type === 'float' ? alpha.value : 1
  // As the file flattens it: channel by channel, unless the model keeps channels last.
  const order = flattenedOrder(network, node.inputs[0])
  const x = asInFile(input.data, input.height, input.width, input.channels, order)
  const w = Float32Array.from(
    { length: count },
    (_, i) => factor * weights[transposed ? channel * count + i : i * outputs + channel],
  )
  const products = numbers(() => multiply(tensor(x), tensor(w)))
  const chosen = strongest(products, mostTerms)
  const others = products.filter((_, i) => !chosen.includes(i))
  const plane = input.height * input.width
  const terms = chosen.map((i): Term => {
    const [c, at] =
      order === 'first' ? [Math.floor(i / plane), i % plane] : [i % input.channels, Math.floor(i / input.channels)]
    const [row, column] = [Math.floor(at / input.width), at % input.width]
    return { channel: c, row, column, single: plane === 1, value: x[i], weight: w[i], product: products[i] }
  })
  const bias = node.operator === 'Gemm' ? scene.weightsOf(2) : undefined
  const beta = node.attributes['beta']
  return {
    ...{ kind: 'linear', terms, inputs: count, computed: false },
    rest: others.length === 0 ? 0 : number(() => sum(tensor(others))),
    bias: (bias?.[bias.length === 1 ? 0 : channel] ?? 0) * (beta?.type === 'float' ? beta.value : 1),
  }
}
