// What convolutions and linear layers multiply and add for one number.

import { multiply, sum, tensor } from 'convoke'
import type { Arithmetic, Term } from '../task.ts'
import { flattenedOrder, mapOf, number, numbers, type Scene } from './scene.ts'
import { asInFile } from './values.ts'
import { framesOf } from './window.ts'

/** Input channels, and terms of a linear layer, that are shown one by one. */
const [mostWindows, mostTerms] = [32, 12]

/** The indices of the strongest, by magnitude; those of equal strength in their order. */
const strongest = (values: ArrayLike<number>, most: number): number[] =>
  Array.from({ length: values.length }, (_, i) => i)
    .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b)
    .slice(0, most)

export function convolutionAt(scene: Scene): Arithmetic | undefined {
  const { node, layer, channel, row, column } = scene
  const [input, weights, shape] = [scene.valuesOf(0), scene.weightsOf(1), scene.shapeOf(1)]
  if (input === undefined || weights === undefined || shape?.length !== 4) return undefined
  const [, own, kh, kw] = shape
  const group = node.attributes['group']
  const groups = group?.type === 'int' ? group.value : 1
  const first = own * Math.floor(channel / (layer.channels / groups))
  const frame = framesOf(node, [kh, kw], [input.height, input.width], [row, column])
  const taps = kh * kw
  const inside = (y: number, x: number): boolean => y >= 0 && x >= 0 && y < input.height && x < input.width
  const places = frame.rows.flatMap((y) => frame.columns.map((x) => (inside(y, x) ? y * input.width + x : -1)))
  const values = new Float32Array(own * taps)
  for (let c = 0; c < own; c++)
    for (let t = 0; t < taps; t++)
      values[c * taps + t] = places[t] < 0 ? 0 : input.data[places[t] * input.channels + first + c]
  const kernel = Float32Array.from({ length: own * taps }, (_, i) => weights[channel * own * taps + i])
  const grid = [own, taps]
  const products = numbers(() => multiply(tensor(values, { shape: grid }), tensor(kernel, { shape: grid })))
  const sums = numbers(() => sum(tensor(products, { shape: grid }), { axes: 1 }))
  const chosen = strongest(sums, mostWindows)
  const others = sums.filter((_, c) => !chosen.includes(c))
  const cut = (list: Float32Array, c: number): number[] => [...list.subarray(c * taps, (c + 1) * taps)]
  return {
    ...{ kind: 'convolution', frame, channels: own },
    windows: chosen.map((c) => ({
      channel: first + c,
      values: cut(values, c).map((value, t) => (places[t] < 0 ? null : value)),
      ...{ weights: cut(kernel, c), products: cut(products, c), sum: sums[c], map: mapOf(input, first + c) },
    })),
    rest: others.length === 0 ? 0 : number(() => sum(tensor(others))),
    bias: scene.weightsOf(2)?.[channel] ?? 0,
  }
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
    ...{ kind: 'linear', terms, inputs: count },
    rest: others.length === 0 ? 0 : number(() => sum(tensor(others))),
    bias: (bias?.[bias.length === 1 ? 0 : channel] ?? 0) * (beta?.type === 'float' ? beta.value : 1),
  }
}
