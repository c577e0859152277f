// Networks of TensorFlow.js whose structure is changed: nodes read other nodes, layers change places, weights have other shapes, shards end early.
// Each must become a network that runs, or be refused in words.

import { type RandomSource, scope, useBackend, zeros } from 'convoke'
import * as graph from 'convoke/graph'
import { networkFiles } from '../../../convoke/src/graph/testing/networks.ts'
import { rules } from '../../../convoke/src/graph/tfjs/rules/index.ts'
import { ofJson } from './mutate.ts'

type Json = null | boolean | number | string | Json[] | JsonObject
interface JsonObject {
  [key: string]: Json
}

interface Network {
  readonly model: JsonObject
  /** The only shard, in base64. */
  shard: string
}

const pick = <T>(random: RandomSource, from: readonly T[]): T => from[random.integer(from.length)]
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const objects = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])

const operators = Object.keys(rules)
const classes =
  `Conv2D Dense LSTM GRU SimpleRNN Flatten Reshape Permute BatchNormalization Embedding Masking TimeDistributed Bidirectional
  Concatenate Add UpSampling2D MaxPooling2D GlobalAveragePooling1D RepeatVector Cropping2D Softmax Conv1D InputLayer`.split(
    /\s+/,
  )

type Change = (random: RandomSource, network: Network) => void

/** Lists of nodes or layers, those of functions and of models inside models among them. */
function listsIn({ model }: Network): JsonObject[][] {
  const found: Json[] = []
  const visit = (value: Json): void => {
    if (Array.isArray(value)) for (const one of value) visit(one)
    else if (isObject(value))
      for (const [key, own] of Object.entries(value)) {
        if (['node', 'nodeDef', 'layers'].includes(key) && Array.isArray(own)) found.push(own)
        visit(own)
      }
  }
  visit(model)
  return found.filter((list) => objects(list).length > 0) as JsonObject[][]
}

/** A place in one of the lists, and what is there. */
function placeIn(
  random: RandomSource,
  network: Network,
): { list: JsonObject[]; index: number; one: JsonObject } | null {
  const lists = listsIn(network)
  if (lists.length === 0) return null
  const list = pick(random, lists)
  const index = random.integer(list.length)
  return isObject(list[index]) ? { list, index, one: list[index] } : null
}

const ofList: Change = (random, network) => {
  const place = placeIn(random, network)
  if (place === null) return
  const { list, index, one } = place
  const other = random.integer(list.length)
  const ways = [
    () => list.splice(index, 1),
    () => list.splice(other, 0, structuredClone(one)),
    () => list.splice(other, 0, ...list.splice(index, 1)),
    () => {
      ;[list[index], list[other]] = [list[other], list[index]]
    },
  ]
  pick(random, ways)()
}

/** A node reads another one, one of its later outputs, or nothing; cycles come of it. */
const rewired: Change = (random, network) => {
  const place = placeIn(random, network)
  const inputs = place?.one['input']
  if (place === null || !Array.isArray(inputs)) return
  const name = pick(random, objects(place.list)).name
  const end = pick(random, ['', '', '', ':1', ':7', ':z:0'])
  const written = `${pick(random, ['', '', '', '^'])}${typeof name === 'string' ? name : ''}${end}`
  const index = random.integer(inputs.length + 1)
  if (random.integer(5) === 0) inputs.splice(index, 1)
  else inputs[index] = written
}

/** Another operator or class with the same attributes. */
const renamed: Change = (random, network) => {
  const one = placeIn(random, network)?.one
  if (one === undefined) return
  if ('op' in one) one['op'] = pick(random, operators)
  else one['class_name'] = pick(random, classes)
}

/** Settings of one taken over by another. */
const exchanged: Change = (random, network) => {
  const place = placeIn(random, network)
  if (place === null) return
  const key = 'op' in place.one ? 'attr' : 'config'
  const [own, other] = [place.one[key], pick(random, objects(place.list))[key]]
  if (!isObject(own) || !isObject(other)) return
  const name = pick(random, [...Object.keys(other), ''])
  if (name in other) own[name] = structuredClone(other[name])
  else for (const each of Object.keys(own).slice(0, 1)) delete own[each]
}

const lengths = [0, 1, 2, 3, 4, 5, 7, 100_000, -1]

/** A weight with other lengths, of another type, or under another one's name. */
const reshaped: Change = (random, { model }) => {
  const weights = objects(model['weightsManifest']).flatMap((group) => objects(group['weights']))
  if (weights.length === 0) return
  const [one, other] = [pick(random, weights), pick(random, weights)]
  const shape = one['shape']
  const ways = [
    () => {
      one['shape'] = Array.from({ length: random.integer(5) }, () => pick(random, lengths))
    },
    () => {
      if (Array.isArray(shape)) one['shape'] = shape.toReversed()
    },
    () => {
      one['dtype'] = pick(random, ['float32', 'int32', 'bool', 'string', 'complex64', 'float16'])
    },
    () => {
      one['quantization'] = { scale: 0.1, min: -1, dtype: pick(random, ['uint8', 'uint16', 'float16']) }
    },
    () => {
      ;[one['name'], other['name']] = [other['name'], one['name']]
    },
  ]
  pick(random, ways)()
}

const cut: Change = (random, network) => {
  const bytes = Buffer.from(network.shard, 'base64')
  const changed =
    random.integer(2) === 0
      ? bytes.subarray(0, random.integer(bytes.length + 1))
      : Buffer.concat([bytes, bytes.subarray(0, random.integer(bytes.length + 1))])
  network.shard = changed.toString('base64')
}

/** Any part of the document, as accidents change it. */
const anywhere: Change = (random, network) => {
  const text = new TextDecoder().decode(ofJson(random, new TextEncoder().encode(JSON.stringify(network.model))))
  try {
    const changed = JSON.parse(text) as Json
    if (isObject(changed)) Object.assign(network, { model: changed })
  } catch {
    // What is no JSON any more the format `tfjs` tries.
  }
}

const changes = [ofList, rewired, rewired, rewired, renamed, exchanged, exchanged, reshaped, cut, anywhere]

export function changedNetwork(random: RandomSource, sample: Uint8Array): Uint8Array {
  const network = JSON.parse(new TextDecoder().decode(sample)) as Network
  for (let left = 1 + random.integer(3); left > 0; left--) pick(random, changes)(random, network)
  return new TextEncoder().encode(JSON.stringify(network))
}

export const networkSamples = (): Uint8Array[] =>
  Object.values(networkFiles).map(({ json, shard }) =>
    new TextEncoder().encode(JSON.stringify({ model: JSON.parse(json), shard: Buffer.from(shard).toString('base64') })),
  )

/** What a run is given: short, for open lengths too. */
const shapeFor = ({ shape }: graph.Port): number[] =>
  (shape ?? [2]).map((length) => (typeof length === 'number' && length > 0 && length < 100 ? length : 2))

/** Reads a network, writes it as ONNX, and runs it once where it has no loop. */
export async function readNetwork(bytes: Uint8Array): Promise<void> {
  const { model, shard } = JSON.parse(new TextDecoder().decode(bytes)) as Network
  const decoded = graph.decodeTfjs(JSON.stringify(model), () => Buffer.from(shard, 'base64'))
  const onnx = graph.tfjsToOnnx(decoded)
  graph.encodeOnnx(onnx)
  // How long a changed loop goes on nobody can tell; a million turns take longer than reading may.
  if (onnx.graph.nodes.some(({ operator }) => operator === 'Loop')) return
  await useBackend('reference')
  const network = graph.graphModule(onnx).eval()
  try {
    scope(() => {
      const inputs = network.graph.inputs.map((port) =>
        zeros(shapeFor(port), port.type === 'int32' ? 'int32' : 'float32'),
      )
      const named = Object.fromEntries(network.graph.inputs.map(({ name }, i) => [name, inputs[i]]))
      for (const output of Object.values(network.run(named))) output.dispose()
    })
  } finally {
    network.dispose()
  }
}
