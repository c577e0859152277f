// Layers models: the configuration of Keras, 2 and 3, in JSON.

import { ConvokeError, check } from '../../shapes/error.ts'
import { parseJson } from '../json-text.ts'
import { quoted } from '../names.ts'
import type { Json, JsonObject, TfjsLayer, TfjsLayerCall, TfjsLayerOutput, TfjsLayers } from './model.ts'
import { checkLayer, checkLayers, type LayerJson, type LayersConfigJson } from './schema.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** `[layer, call, output]`, in Keras 2 with the call's options after it. */
function outputIn(value: unknown): TfjsLayerOutput | null {
  if (!Array.isArray(value)) return null
  const [layer, call, output] = value
  return typeof layer === 'string' && isCount(call) && isCount(output) ? { layer, call, output } : null
}

/** What Keras 3 puts in place of a tensor. */
const historyOf = (value: unknown): TfjsLayerOutput | null =>
  isObject(value) && value['class_name'] === '__keras_tensor__' && isObject(value['config'])
    ? outputIn(value['config']['keras_history'])
    : null

/** Outputs of layers in arguments, in the order of appearance. */
function outputsIn(value: unknown): TfjsLayerOutput[] {
  const own = historyOf(value)
  if (own !== null) return [own]
  if (Array.isArray(value)) return value.flatMap(outputsIn)
  return isObject(value) ? Object.values(value).flatMap(outputsIn) : []
}

/** Keras 2: `[[layer, call, output, options], …]`; of constants, `['_CONSTANT_VALUE', -1, value, options]`. Keras 3: `{ args, kwargs }`. */
function callOf(what: string, value: unknown): TfjsLayerCall {
  if (isObject(value)) {
    const { args = [], kwargs = {} } = value
    check(Array.isArray(args) && isObject(kwargs), () => badCall(what))
    return { inputs: outputsIn([args, kwargs]), arguments: args as Json[], options: kwargs as JsonObject }
  }
  check(Array.isArray(value), () => badCall(what))
  // One that takes a single tensor may be written without the list around it.
  const rows: unknown[] = outputIn(value) === null ? value : [value]
  const inputs: TfjsLayerOutput[] = []
  let options: JsonObject = {}
  for (const row of rows) {
    const found = outputIn(row)
    const constant = Array.isArray(row) && row[0] === '_CONSTANT_VALUE'
    check(found !== null || constant, () => badCall(what))
    if (found !== null) inputs.push(found)
    const own: unknown = (row as unknown[])[3]
    if (isObject(own)) options = { ...options, ...(own as JsonObject) }
  }
  return { inputs, arguments: rows as Json[], options }
}

const badCall = (what: string): string =>
  `tfjs: inbound_nodes of ${what} are neither those of Keras 2 nor of Keras 3. The file is damaged, or of another version.`

/** The ends of a model: one output, a list of them, or, in Keras 3, any nest. */
function endsOf(what: string, value: unknown): TfjsLayerOutput[] {
  const own = outputIn(value)
  if (own !== null) return [own]
  const many = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  const ends = many.flatMap((one) => endsOf(what, one))
  check(ends.length > 0, () => `tfjs: ${what} are not outputs of layers. The file is damaged.`)
  return ends
}

const models: ReadonlyMap<string, TfjsLayers['kind']> = new Map([
  ['Sequential', 'sequential'],
  ['Functional', 'functional'],
  ['Model', 'functional'],
])

function layerOf(layer: LayerJson): TfjsLayer {
  const { class_name: kind, config, inbound_nodes: inbound } = layer
  const own = isObject(config) ? config['name'] : undefined
  const name = layer.name ?? (typeof own === 'string' ? own : '')
  const what = `the layer ${quoted(name === '' ? kind : name)}`
  return {
    ...{ name, kind, config: (isObject(config) ? config : {}) as JsonObject },
    calls: (inbound ?? []).map((one) => callOf(what, one)),
    model: models.has(kind) ? layersOf({ class_name: kind, config }) : null,
  }
}

function checkCalls(name: string, layers: readonly TfjsLayer[], ends: readonly TfjsLayerOutput[]): void {
  const known = new Set<string>()
  for (const layer of layers) {
    check(layer.name !== '', () => `tfjs: a layer of ${name} has no name. The file is damaged.`)
    check(!known.has(layer.name), () => `tfjs: there are two layers ${quoted(layer.name)}. The file is damaged.`)
    known.add(layer.name)
  }
  const used = [...layers.flatMap(({ calls }) => calls.flatMap(({ inputs }) => inputs)), ...ends]
  for (const { layer } of used)
    check(
      known.has(layer),
      () => `tfjs: ${name} uses a layer ${quoted(layer)}, which does not exist. The file is damaged.`,
    )
}

/** A model of layers by its class and configuration. */
export function layersOf(value: unknown): TfjsLayers {
  const { class_name: className, config, name: outer } = checkLayer('the model', value)
  const kind = models.get(className)
  check(
    kind !== undefined,
    () =>
      `tfjs: the model is of class ${quoted(className)}. Known: ${[...models.keys()].join(', ')}. Convert a model with a class of its own to a graph model.`,
  )
  // Keras wrote the layers of sequential models alone once.
  const whole: LayersConfigJson = checkLayers('the model', Array.isArray(config) ? { layers: config } : config)
  const name = whole.name ?? outer ?? ''
  const what = `the model ${quoted(name)}`
  const layers = whole.layers.map(layerOf)
  const functional = kind === 'functional'
  const inputs = functional ? endsOf(`input_layers of ${what}`, whole.input_layers) : []
  const outputs = functional ? endsOf(`output_layers of ${what}`, whole.output_layers) : []
  if (functional) checkCalls(what, layers, [...inputs, ...outputs])
  return { kind, name, layers, inputs, outputs }
}

/** The topology of model.json: the configuration itself, or what Keras keeps it under, as an object or as text. */
export function topologyOf(topology: Record<string, unknown>): {
  readonly layers: TfjsLayers
  readonly version: string
} {
  const { model_config: kept, keras_version: version } = topology
  const config = typeof kept === 'string' ? parseJson('tfjs: model_config', kept) : (kept ?? topology)
  if (!isObject(config)) throw new ConvokeError('tfjs: model_config is not an object. The file is damaged.')
  return { layers: layersOf(config), version: typeof version === 'string' ? version : '' }
}
