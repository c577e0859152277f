// One number of one map, and how it came about: the window that it saw, what was multiplied and added.

import { add, multiply, rsqrt, subtract, sum, tensor } from 'convoke'
import type { Answered } from '../../engine/index.ts'
import type { Arithmetic, Frame, MapValues, PlaceAnswer, PlaceQuestion, Shown } from '../task.ts'
import { arithmeticByAxes, softmaxOf } from './by-axes.ts'
import { goInOf, type Layer, type Network } from './network.ts'
import { convolutionAt, linearAt, transposedAt } from './products.ts'
import { mapOf, number, type Scene, sourceOf } from './scene.ts'
import { look, sessionOf } from './session.ts'
import { channelOf, type LayerValues } from './values.ts'
import { framesOf } from './window.ts'

export async function place(question: PlaceQuestion): Promise<Answered<PlaceAnswer>> {
  const { key, layer: at, channel, row, column } = question
  const { network } = sessionOf(key)
  const { layers, pixels } = await look(question)
  const layer = network.layers[at]
  const values = layers[at]
  const goIn = goneIn(network, pixels, question)
  const scene: Scene = {
    ...{ network, layer, node: layer.node, channel, row, column },
    valuesOf: (input) => {
      const from = sourceOf(network, layer.node.inputs[input])
      return from === undefined ? undefined : from < 0 ? goIn : layers[from]
    },
    weightsOf: (input) => network.weights.get(layer.node.inputs[input] ?? '')?.values as ArrayLike<number> | undefined,
    shapeOf: (input) => network.weights.get(layer.node.inputs[input] ?? '')?.shape,
  }
  const map = channelOf(values, channel)
  const value = map[row * values.width + column]
  const answer: PlaceAnswer = {
    ...{ height: values.height, width: values.width, values: map, value },
    sees: seenFrom(layer, row, column),
    arithmetic: await anyArithmeticOf(scene, question),
  }
  return { answer, transfer: [map.buffer] }
}

/** The picture after its pixels were moved and scaled. */
function goneIn(network: Network, pixels: Float32Array, { goIn }: PlaceQuestion): LayerValues {
  const { scale, shift } = goInOf(network, goIn)
  const { channels } = network.form
  return {
    ...network.form,
    data: pixels.map((p, i) => p * scale[i % channels] + shift[i % channels]) as Float32Array<ArrayBuffer>,
  }
}

function seenFrom({ report, height, width }: Layer, row: number, column: number): Frame | undefined {
  const parts = height * width === 1 ? undefined : report?.sees?.([row, column])
  if (parts === undefined || parts.length === 0) return undefined
  const along = (axis: number): number[] =>
    [...new Set(parts.flatMap((part) => [...(part[axis] ?? [])]))].sort((a, b) => a - b)
  const [rows, columns] = [along(0), along(1)]
  return rows.length === 0 || columns.length === 0 ? undefined : { rows, columns }
}

const signs: Readonly<Record<string, '+' | '−' | '×' | '÷'>> = { Add: '+', Sub: '−', Mul: '×', Div: '÷', Sum: '+' }

const activations = new Set(
  `Relu LeakyRelu Sigmoid Tanh Elu Selu Gelu Swish Mish HardSwish HardSigmoid Softplus Softsign Clip PRelu Celu Abs Exp Sqrt Neg Erf`.split(
    ' ',
  ),
)

/** By the maps that go in; where those do not tell, by the axes of the file. */
async function anyArithmeticOf(scene: Scene, shown: Shown): Promise<Arithmetic> {
  const found = arithmeticOf(scene)
  if (found.kind !== 'other') return found
  try {
    return await arithmeticByAxes(scene, shown, signs[scene.node.operator])
  } catch {
    return found
  }
}

function arithmeticOf(scene: Scene): Arithmetic {
  const { node } = scene
  try {
    const found =
      node.operator === 'Conv'
        ? convolutionAt(scene)
        : node.operator === 'ConvTranspose'
          ? transposedAt(scene)
          : node.operator === 'Concat'
            ? concatenationAt(scene)
            : node.operator === 'MaxPool' || node.operator === 'AveragePool'
              ? poolingAt(scene)
              : node.operator === 'GlobalAveragePool' || node.operator === 'GlobalMaxPool'
                ? globalAt(scene)
                : node.operator === 'BatchNormalization'
                  ? normalisationAt(scene)
                  : node.operator === 'Gemm' || node.operator === 'MatMul'
                    ? linearAt(scene)
                    : node.operator === 'Softmax'
                      ? softmaxAt(scene)
                      : signs[node.operator] !== undefined
                        ? elementwiseAt(scene, signs[node.operator])
                        : activations.has(node.operator)
                          ? activationAt(scene)
                          : undefined
    return found ?? { kind: 'other' }
  } catch {
    // A node of a shape that this page has no picture for: its values are shown all the same.
    return { kind: 'other' }
  }
}

const at = ({ width, channels, data }: LayerValues, channel: number, row: number, column: number): number =>
  data[(row * width + column) * channels + channel]

function poolingAt(scene: Scene): Arithmetic | undefined {
  const { node, channel, row, column } = scene
  const input = scene.valuesOf(0)
  const kernel = node.attributes['kernel_shape']
  if (input === undefined || kernel?.type !== 'ints' || kernel.value.length !== 2) return undefined
  const frame = framesOf(node, kernel.value, [input.height, input.width], [row, column])
  const values = frame.rows.flatMap((y) =>
    frame.columns.map((x) =>
      y < 0 || x < 0 || y >= input.height || x >= input.width ? null : at(input, channel, y, x),
    ),
  )
  const inside = values.filter((value) => value !== null)
  const counted = node.attributes['count_include_pad']?.value === 1 ? values.length : inside.length
  return {
    ...{ kind: 'pooling', pool: node.operator === 'MaxPool' ? 'max' : 'average', frame },
    window: { channel, values, map: mapOf(input, channel) },
    divisor: counted,
    sum: number(() => sum(tensor(Float32Array.from(inside)))),
  }
}

function globalAt(scene: Scene): Arithmetic | undefined {
  const input = scene.valuesOf(0)
  if (input === undefined) return undefined
  const map = mapOf(input, scene.channel)
  return {
    ...{ kind: 'global', map, count: map.values.length },
    ...{ pool: scene.node.operator === 'GlobalMaxPool' ? 'max' : 'average' },
    sum: number(() => sum(tensor(map.values))),
  }
}

function activationAt(scene: Scene): Arithmetic | undefined {
  const input = scene.valuesOf(0)
  if (input === undefined || input.height * input.width !== scene.layer.height * scene.layer.width) return undefined
  const map = mapOf(input, scene.channel)
  return { kind: 'activation', input: map.values[scene.row * map.width + scene.column], map }
}

function normalisationAt(scene: Scene): Arithmetic | undefined {
  const input = scene.valuesOf(0)
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => scene.weightsOf(i)?.[scene.channel])
  if (input === undefined || scale === undefined || shift === undefined || mean === undefined || variance === undefined)
    return undefined
  const told = scene.node.attributes['epsilon']
  const epsilon = told?.type === 'float' ? told.value : 1e-5
  const map = mapOf(input, scene.channel)
  const x = map.values[scene.row * map.width + scene.column]
  const normalised = number(() => multiply(subtract(x, mean), rsqrt(add(variance, tensor([epsilon])))))
  return { kind: 'normalisation', input: x, mean, variance, epsilon, scale, shift, normalised, map }
}

function elementwiseAt(scene: Scene, sign: '+' | '−' | '×' | '÷'): Arithmetic | undefined {
  const { node, channel, row, column, layer } = scene
  const operands = node.inputs.map((_, i) => {
    const values = scene.valuesOf(i)
    if (values !== undefined) {
      const [h, w, c] = [values.height, values.width, values.channels]
      const spread = (size: number, wanted: number): boolean => size === wanted || size === 1
      if (!spread(h, layer.height) || !spread(w, layer.width) || !spread(c, layer.channels)) return undefined
      const own = c === 1 ? 0 : channel
      return { value: at(values, own, h === 1 ? 0 : row, w === 1 ? 0 : column), map: mapOf(values, own) }
    }
    const constant = scene.weightsOf(i)
    if (constant === undefined) return undefined
    if (constant.length === 1) return { value: constant[0], map: undefined }
    return constant.length === layer.channels ? { value: constant[channel], map: undefined } : undefined
  })
  if (operands.length < 2 || operands.some((one) => one === undefined)) return undefined
  return { kind: 'elementwise', sign, operands: operands as { value: number; map: MapValues | undefined }[] }
}

/** Channels of one input after those of the other. */
function concatenationAt(scene: Scene): Arithmetic | undefined {
  const { node, layer, network, row, column } = scene
  const axis = node.attributes['axis']
  const along = layer.order === 'first' ? 1 : layer.rank - 1
  if (axis?.type !== 'int' || (axis.value + layer.rank) % layer.rank !== along) return undefined
  let channel = scene.channel
  for (const [i, name] of node.inputs.entries()) {
    const [input, from] = [scene.valuesOf(i), sourceOf(network, name)]
    if (input === undefined || from === undefined) return undefined
    if (channel < input.channels) {
      const map = mapOf(input, channel)
      return { kind: 'concatenation', from, channel, input: map.values[row * map.width + column], map }
    }
    channel -= input.channels
  }
  return undefined
}

function softmaxAt(scene: Scene): Arithmetic | undefined {
  const input = scene.valuesOf(0)
  if (input === undefined || input.height * input.width !== 1) return undefined
  return softmaxOf(input.data, scene.channel)
}
