// Recurrent layers, and layers that hold another one. Definitions: tfjs-layers/src/layers/{recurrent,wrappers}.ts.

import type { OnnxAttribute } from '../../../formats/onnx/model.ts'
import type { TfjsTensor } from '../../../formats/tfjs/index.ts'
import { type Held, int, plainly, text } from '../builder.ts'
import { pointwise } from '../rules/pointwise.ts'
import { isRecord, Layer, type LayerRule, type LayerRules } from './layer.ts'
import { gathered } from './masks.ts'

interface Kind {
  readonly operator: 'LSTM' | 'GRU' | 'RNN'
  /** Which of Keras's gates each of ONNX's is: Keras has i f c o, and z r h; ONNX i o f c, and z r h. */
  readonly gates: readonly number[]
}

const kinds: Readonly<Record<string, Kind>> = {
  LSTM: { operator: 'LSTM', gates: [0, 3, 1, 2] },
  GRU: { operator: 'GRU', gates: [0, 1, 2] },
  SimpleRNN: { operator: 'RNN', gates: [0] },
}

const activations: Readonly<Record<string, string>> = {
  ...{ tanh: 'Tanh', sigmoid: 'Sigmoid', hard_sigmoid: 'HardSigmoid', hardSigmoid: 'HardSigmoid', relu: 'Relu' },
  ...{ elu: 'Elu', softsign: 'Softsign', softplus: 'Softplus', linear: 'Affine' },
}

/** Names come from files: those of every object's own are none. */
const lookup = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** Rows of gates in another order: `[rows, gates × units]` as `[gates × units, rows]`. */
function turned(tensor: TfjsTensor, gates: readonly number[]): Float32Array {
  const values = tensor.values as Float32Array
  const [rows, columns] = tensor.shape.length === 1 ? [1, tensor.shape[0]] : tensor.shape
  const units = columns / gates.length
  const result = new Float32Array(values.length)
  gates.forEach((gate, place) => {
    for (let unit = 0; unit < units; unit++)
      for (let row = 0; row < rows; row++)
        result[(place * units + unit) * rows + row] = values[row * columns + gate * units + unit]
  })
  return result
}

interface Steps {
  /** `[batch, steps, units]`, in the order of the steps. */
  readonly all: string
  /** `[batch, units]` after the last step: of LSTM its cell's too. */
  readonly last: readonly string[]
}

/** Weights of a layer that is called twice are written once. */
const written = new WeakMap<Layer['weights'], Map<string, string>>()

function steps(layer: Layer, inputs: readonly Held[], reverse: boolean): Steps {
  const { b } = layer
  const { operator, gates } = lookup(kinds, layer.kind) ?? layer.refuse('it is not a known recurrent layer.')
  const [x, ...initial] = inputs
  if (layer.rank(x) !== 3)
    return layer.refuse(`its input has ${layer.rank(x)} axes; it must be [batch, steps, channels].`)
  const units = layer.number('units')
  const [kernel, recurrent] = [layer.weight('kernel', 2), layer.weight('recurrent_kernel', 2)]
  const wide = gates.length * units
  if (kernel.shape[1] !== wide || recurrent.shape.join() !== `${units},${wide}`)
    return layer.refuse(
      `its weights ${kernel.shape.join('×')} and ${recurrent.shape.join('×')} do not fit ${units} units.`,
    )
  const known = written.get(layer.weights) ?? new Map<string, string>()
  written.set(layer.weights, known)
  const once = (end: string, shape: readonly number[], make: () => Float32Array): string => {
    const key = `${layer.name} ${end}`
    const name = known.get(key) ?? b.initializer(`${layer.name}/${end}`, 'float32', shape, make)
    known.set(key, name)
    return name
  }
  const after = layer.kind === 'GRU' && layer.flag('reset_after', false)
  const bias = layer.flag('use_bias', true) ? layer.weight('bias') : null
  const twice = bias?.shape.length === 2
  if (bias !== null && bias.shape.at(-1) !== wide) return layer.refuse(`its bias ${bias.shape.join('×')} does not fit.`)
  const names = [
    once('weight', [1, wide, kernel.shape[0]], () => turned(kernel, gates)),
    once('recurrence', [1, wide, units], () => turned(recurrent, gates)),
    bias === null
      ? ''
      : once('bias', [1, 2 * wide], () => {
          const both = new Float32Array(2 * wide)
          const rows = turned(bias, gates)
          // Two biases lie side by side for each gate.
          if (twice)
            for (let i = 0; i < wide; i++) for (const side of [0, 1]) both[side * wide + i] = rows[2 * i + side]
          else both.set(rows)
          return both
        }),
  ]
  const states = initial.map((state) => b.node('Unsqueeze', [b.plain(state), b.int64([0])]))
  const named = (name: string, otherwise: string): string => {
    const given = layer.named(name, otherwise)
    return lookup(activations, given) ?? layer.refuse(`recurrent layers do not support its ${name} ${given}.`)
  }
  const [inner, gate] = [named('activation', 'tanh'), named('recurrent_activation', 'hard_sigmoid')]
  const used = operator === 'LSTM' ? [gate, inner, inner] : operator === 'GRU' ? [gate, inner] : [inner]
  const attributes: Record<string, OnnxAttribute> = {
    hidden_size: int(units),
    direction: text(reverse ? 'reverse' : 'forward'),
    activations: { type: 'strings', value: used },
    ...(used.includes('Affine') && {
      activation_alpha: { type: 'floats', value: used.map((one) => (one === 'HardSigmoid' ? 0.2 : 1)) },
      activation_beta: { type: 'floats', value: used.map((one) => (one === 'HardSigmoid' ? 0.5 : 0)) },
    }),
    ...(operator === 'GRU' && { linear_before_reset: int(after ? 1 : 0) }),
  }
  const only = x.mask === undefined ? null : gathered(b, b.plain(x), x.mask, reverse)
  const given = [b.transpose(only?.x ?? b.plain(x), [1, 0, 2]), ...names, only?.lengths ?? '', ...states]
  const outputs = b.many(operator, given, attributes, { outputs: operator === 'LSTM' ? 3 : 2 })
  const run = b.transpose(b.node('Squeeze', [outputs[0], b.int64([1])]), [1, 0, 2])
  const first = (): string =>
    initial.length === 0 ? b.scalar(0) : b.node('Unsqueeze', [b.plain(initial[0]), b.int64([1])])
  const all = only === null ? run : only.spread(run, first())
  return { all, last: outputs.slice(1).map((name) => b.node('Squeeze', [name, b.int64([0])])) }
}

/** Steps in the order in which they were run. */
const turnedBack = (layer: Layer, all: string): string =>
  layer.b.node('Slice', [all, ...[[-1], [-(2 ** 31 - 1)], [1], [-1]].map((list) => layer.b.int64(list))])

const recurrent: LayerRule = (layer, inputs) => {
  const backwards = layer.flag('go_backwards', false)
  const { all, last } = steps(layer, inputs, backwards)
  const whole = layer.flag('return_sequences', false)
  const y = plainly(whole ? (backwards ? turnedBack(layer, all) : all) : last[0])
  return layer.flag('return_state', false) ? [y, ...last.map(plainly)] : y
}

/** The layer that another one holds, under a name of its own. */
export function innerLayer(layer: Layer, key = 'layer', prefix = ''): Layer {
  const value = layer.get(key)
  const [kind, config] = isRecord(value) ? [value['class_name'], value['config']] : []
  if (typeof kind !== 'string' || !isRecord(config)) return layer.refuse(`its ${key} is not a layer.`)
  const own = typeof config['name'] === 'string' ? config['name'] : layer.name
  const found = prefix !== '' && !own.startsWith(prefix) ? `${prefix}${own}` : own
  return new Layer({ name: found, kind, config, calls: [], model: null }, layer.b, layer.weights, layer.name)
}

/** Once from either end. What the two give is joined. */
const bidirectional: LayerRule = (layer, inputs) => {
  const { b } = layer
  const forward = innerLayer(layer, 'layer', 'forward_')
  const backward = isRecord(layer.get('backward_layer'))
    ? innerLayer(layer, 'backward_layer', 'backward_')
    : innerLayer(layer, 'layer', 'backward_')
  const half = (inputs.length - 1) / 2
  const states = inputs.slice(1)
  const there = steps(forward, [inputs[0], ...states.slice(0, half)], false)
  const back = steps(backward, [inputs[0], ...states.slice(half)], true)
  const whole = forward.flag('return_sequences', false)
  const [first, second] = whole ? [there.all, back.all] : [there.last[0], back.last[0]]
  const after = forward.flag('return_state', false) ? [...there.last, ...back.last].map(plainly) : []
  const mode = layer.get('merge_mode')
  const two = [plainly(first), plainly(second)]
  switch (mode) {
    case undefined:
    case 'concat':
      return [plainly(b.node('Concat', [first, second], { axis: int(-1) })), ...after]
    case 'sum':
      return [pointwise(b, 'Add', two), ...after]
    case 'mul':
      return [pointwise(b, 'Mul', two), ...after]
    case 'ave':
      return [pointwise(b, 'Mul', [pointwise(b, 'Add', two), plainly(b.scalar(0.5))]), ...after]
    case null:
      return [...two, ...after]
    default:
      return layer.refuse(`its merge_mode ${JSON.stringify(mode)} is not known.`)
  }
}

/** The layer it holds at each step by itself: steps and examples become one axis. */
export const timeDistributed =
  (run: (layer: Layer, inputs: readonly Held[]) => readonly Held[]): LayerRule =>
  (layer, [x]) => {
    const { b } = layer
    const shape = layer.shape(x)
    const rest = shape.slice(2).map((length) => length ?? -1)
    if (rest.filter((length) => length < 0).length > 0)
      return layer.refuse('the lengths of the axes of a step are not known.')
    const lead = b.node('Slice', [b.node('Shape', [b.plain(x)]), b.int64([0]), b.int64([2])])
    const merged = plainly(b.reshape(b.plain(x), [-1, ...rest]))
    const [y] = run(innerLayer(layer), [merged])
    const after = layer.shape(y).slice(1)
    const lengths = after.map(
      (length) => length ?? layer.refuse('the lengths of the axes of its results are not known.'),
    )
    const target = b.node('Concat', [lead, b.int64(lengths)], { axis: int(0) })
    return plainly(b.node('Reshape', [b.plain(y), target]))
  }

export const recurrentLayers: LayerRules = {
  ...{ LSTM: recurrent, GRU: recurrent, SimpleRNN: recurrent, Bidirectional: bidirectional },
}
