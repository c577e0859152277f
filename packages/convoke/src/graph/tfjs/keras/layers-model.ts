// A layers model of TensorFlow.js, sequential or functional, as an ONNX model.

import type { OnnxModel, OnnxNode, OnnxType, OnnxValueInfo } from '../../../formats/onnx/model.ts'
import type { TfjsLayer, TfjsLayerOutput, TfjsLayers, TfjsTensor } from '../../../formats/tfjs/index.ts'
import { ConvokeError, check } from '../../../shapes/error.ts'
import { deepest } from '../../bodies.ts'
import { Builder, type Held, plainly } from '../builder.ts'
import { finished } from '../graph-model.ts'
import { activationLayers } from './activations.ts'
import { coreLayers } from './core.ts'
import { Layer, type LayerRules } from './layer.ts'
import { unmasked, withMasks } from './masks.ts'
import { recurrentLayers, timeDistributed } from './recurrent.ts'
import { Weights } from './weights.ts'
import { windowLayers } from './windows.ts'

interface Input {
  readonly name: string
  readonly shape: readonly (number | null)[] | null
  readonly type: OnnxType
}

const layerRules: LayerRules = {
  ...activationLayers,
  ...coreLayers,
  ...windowLayers,
  ...recurrentLayers,
  TimeDistributed: timeDistributed((layer, inputs) => ran(layer, inputs)),
}

/** Runs a layer that is no model. */
function ran(layer: Layer, inputs: readonly Held[]): readonly Held[] {
  if (inputs.length === 0) return layer.refuse('it has no input.')
  const rule = Object.hasOwn(layerRules, layer.kind) ? layerRules[layer.kind] : undefined
  if (rule === undefined)
    return layer.refuse(
      'layers of this class are not known. Convert the model to a graph model (tensorflowjs_converter --output_format=tfjs_graph_model).',
    )
  const before = layer.b.at
  layer.b.at = layer.name
  const made = rule(layer, inputs)
  layer.b.at = before
  return withMasks(layer, inputs, Array.isArray(made) ? (made as readonly Held[]) : [made as Held])
}

/** What a model's layers are given, by its configuration: the batch is open. */
function inputOf({ name, config }: TfjsLayer): Input | null {
  const given = config['batch_input_shape'] ?? config['batch_shape'] ?? null
  const inner = config['input_shape']
  const whole = Array.isArray(given) ? given : Array.isArray(inner) ? [null, ...inner] : null
  if (whole === null) return null
  const shape = whole.map((length, axis) => (typeof length === 'number' && axis > 0 && length > 0 ? length : null))
  const dtype = config['dtype']
  const type = typeof dtype === 'string' ? dtype : 'float32'
  check(
    ['float32', 'float16', 'int32', 'bool'].includes(type),
    () => `tfjs: the input ${name} is of type ${type}, which is not supported.`,
  )
  return { name, shape, type: type === 'float16' ? 'float32' : (type as OnnxType) }
}

class LayersLowering {
  readonly #b: Builder
  readonly #weights: Weights

  constructor(b: Builder, weights: Weights) {
    this.#b = b
    this.#weights = weights
  }

  /** One call of a layer, or of a model among the layers. */
  #call(source: TfjsLayer, inputs: readonly Held[], depth: number): readonly Held[] {
    if (source.model !== null) return this.model(source.model, inputs, depth + 1).map(unmasked)
    return ran(new Layer(source, this.#b, this.#weights), inputs)
  }

  model(model: TfjsLayers, inputs: readonly Held[], depth: number): readonly Held[] {
    if (depth > deepest) throw new ConvokeError(`tfjs: models are nested more than ${deepest} deep.`)
    return model.kind === 'sequential' ? this.#sequential(model, inputs, depth) : this.#functional(model, inputs, depth)
  }

  #sequential({ layers, name }: TfjsLayers, inputs: readonly Held[], depth: number): readonly Held[] {
    check(layers.length > 0, () => `tfjs: the model ${name} has no layers.`)
    let values = inputs
    for (const layer of layers) if (layer.kind !== 'InputLayer') values = this.#call(layer, values, depth)
    return values
  }

  #functional(
    { layers, inputs: ends, outputs, name }: TfjsLayers,
    given: readonly Held[],
    depth: number,
  ): readonly Held[] {
    const made = new Map<string, readonly Held[]>()
    const keyOf = ({ layer, call }: Pick<TfjsLayerOutput, 'layer' | 'call'>): string => `${layer}:${call}`
    check(
      given.length === ends.length,
      () => `tfjs: the model ${name} takes ${ends.length} inputs; ${given.length} are given.`,
    )
    ends.forEach((end, i) => {
      made.set(keyOf(end), [given[i]])
    })
    // Models count the call that made them, and those that they are used in begin with the next.
    const used = [...layers.flatMap(({ calls }) => calls.flatMap((one) => one.inputs)), ...outputs]
    const firstCall = (layer: TfjsLayer): number =>
      layer.model === null || used.some((output) => output.layer === layer.name && output.call === 0) ? 0 : 1
    let waiting = layers.flatMap((layer) =>
      layer.calls.map((one, call) => ({
        layer,
        one,
        key: keyOf({ layer: layer.name, call: call + firstCall(layer) }),
      })),
    )
    waiting = waiting.filter(({ key }) => !made.has(key))
    const value = (output: TfjsLayerOutput): Held => {
      const found = made.get(keyOf(output))?.[output.output]
      check(
        found !== undefined,
        () => `tfjs: the layer ${output.layer} has no output ${output.output} of call ${output.call}.`,
      )
      return found
    }
    while (waiting.length > 0) {
      const later: typeof waiting = []
      for (const task of waiting) {
        const { layer, one, key } = task
        if (one.inputs.every((input) => made.has(keyOf(input))))
          made.set(key, this.#call(layer, one.inputs.map(value), depth))
        else later.push(task)
      }
      // What only unused layers wait for is left out.
      if (later.length === waiting.length) break
      waiting = later
    }
    return outputs.map((output) => {
      check(
        made.has(keyOf(output)),
        () => `tfjs: the layer ${output.layer} needs its own result, or what no layer makes. The file is damaged.`,
      )
      return value(output)
    })
  }
}

/** The first layer's own layer, through models and wrappers: it says what it is given. */
function firstInput(layers: TfjsLayers, depth = 0): Input | null {
  const [first] = layers.layers
  if (first === undefined || depth > deepest) return null
  if (first.model !== null) {
    const own = inputOf(first)
    return (
      own ??
      (first.model.kind === 'sequential' ? firstInput(first.model, depth + 1) : (inputsOf(first.model)[0] ?? null))
    )
  }
  const found = inputOf(first)
  return found === null || first.kind === 'InputLayer' ? found : { ...found, name: `${first.name}_input` }
}

function inputsOf(layers: TfjsLayers): Input[] {
  if (layers.kind === 'sequential') {
    const found = firstInput(layers)
    check(found !== null, () => `tfjs: the model ${layers.name} does not say what shape its input has.`)
    return [found]
  }
  const byName = new Map(layers.layers.map((layer) => [layer.name, layer]))
  return layers.inputs.map(({ layer }) => {
    const source = byName.get(layer)
    const found = source === undefined ? null : inputOf(source)
    return found ?? { name: layer, shape: null, type: 'float32' }
  })
}

/** Named after the layers that make them. */
const outputsOf = (layers: TfjsLayers): string[] =>
  layers.kind === 'sequential' ? [layers.layers.at(-1)?.name ?? 'output'] : layers.outputs.map(({ layer }) => layer)

interface Source {
  readonly layers: TfjsLayers
  readonly weights: readonly TfjsTensor[]
  readonly producer: string
}

export function onnxOfLayers({ layers, weights, producer }: Source): OnnxModel {
  const b = new Builder()
  const nodes: OnnxNode[] = []
  b.nodes = nodes
  const inputs = inputsOf(layers)
  const names = inputs.map(({ name }) => b.fresh(name))
  const entries = inputs.map(({ shape, type }, i): OnnxValueInfo => {
    b.trace.input(names[i], shape, type as 'float32')
    return { name: names[i], type: { kind: 'tensor', type, shape } }
  })
  const given = names.map((name): Held => plainly(name))
  const values = new LayersLowering(b, new Weights(weights)).model(layers, given, 0)
  const last = outputsOf(layers)
  const outputs = values.map((_, i) => b.fresh(last[i] ?? `${last[0]}:${i}`))
  return finished(b, producer, entries, values, outputs)
}
