// Models of TensorFlow.js as their files have them, for tests.

import { decodeTfjs, type TfjsModel } from '../../formats/tfjs/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { graphModule } from '../module.ts'

export interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly dtype?: 'float32' | 'int32' | 'bool'
}

/** A node: operator, name, inputs, attributes. */
export type NodeText = readonly [op: string, name: string, input?: readonly string[], attr?: Record<string, unknown>]

const bytesOf = ({ values, dtype }: Weight): Uint8Array =>
  dtype === 'bool'
    ? Uint8Array.from(values)
    : new Uint8Array((dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values)).buffer)

/** The text of a model.json whose only shard is `weights.bin`, and that shard. */
export function tfjsFiles(
  topology: Record<string, unknown>,
  weights: readonly Weight[],
  rest: Record<string, unknown> = {},
): { readonly json: string; readonly shard: Uint8Array } {
  const shards = weights.map(bytesOf)
  const shard = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0))
  shards.reduce((at, bytes) => {
    shard.set(bytes, at)
    return at + bytes.length
  }, 0)
  const manifest = weights.map(({ name, shape, dtype = 'float32' }) => ({ name, shape, dtype }))
  const file = { ...rest, modelTopology: topology, weightsManifest: [{ paths: ['weights.bin'], weights: manifest }] }
  return { json: JSON.stringify(file), shard }
}

export function tfjsModel(...file: Parameters<typeof tfjsFiles>): TfjsModel {
  const { json, shard } = tfjsFiles(...file)
  return decodeTfjs(json, () => shard)
}

/** Attributes as GraphDef writes them in JSON. */
export const i = (value: number) => ({ i: value })
export const s = (value: string) => ({ s: btoa(value) })
export const b = (value: boolean) => ({ b: value })
export const t = (value: string) => ({ type: value })
export const list = (...value: number[]) => ({ list: { i: value } })

const nodeOf = ([op, name, input = [], attr = {}]: NodeText) => ({ op, name, input, attr })

/** A placeholder; -1 where a length is open. */
export const input = (name: string, shape: readonly number[], dtype = 'DT_FLOAT'): NodeText => [
  ...(['Placeholder', name, []] as const),
  { dtype: t(dtype), shape: { shape: { dim: shape.map((size) => ({ size })) } } },
]

/** A graph model; constants are written as weights. */
export function graphModel(
  nodes: readonly NodeText[],
  weights: readonly Weight[] = [],
  library: readonly Record<string, unknown>[] = [],
): TfjsModel {
  const constants = weights.map(({ name }): NodeText => ['Const', name])
  const topology = { node: [...constants, ...nodes].map(nodeOf), library: { function: library } }
  return tfjsModel(topology, weights, { format: 'graph-model' })
}

/** A function of a graph's library. */
export const functionOf = (
  name: string,
  inputs: readonly string[],
  nodes: readonly NodeText[],
  outputs: readonly string[],
) => ({
  signature: {
    name,
    inputArg: inputs.map((one) => ({ name: one, type: 'DT_INT32' })),
    outputArg: outputs.map((_, at) => ({ name: `out${at}`, type: 'DT_INT32' })),
  },
  nodeDef: nodes.map(nodeOf),
  ret: Object.fromEntries(outputs.map((value, at) => [`out${at}`, value])),
})

/** The first output of a graph or layers model. */
export const run = (model: TfjsModel, ...inputs: Tensor[]): Tensor =>
  [graphModule(model).eval()(...inputs)].flat()[0] as Tensor

interface LayerText {
  readonly class_name: string
  readonly config: Record<string, unknown>
}

/** A sequential model of `[class, config]`. */
export function sequential(
  shape: readonly number[],
  layers: readonly (readonly [string, Record<string, unknown>])[],
  weights: readonly Weight[] = [],
): TfjsModel {
  const list = layers.map(
    ([kind, config], at): LayerText => ({
      class_name: kind,
      config: { name: `layer${at}`, ...config, ...(at === 0 && { batch_input_shape: [null, ...shape] }) },
    }),
  )
  const topology = { class_name: 'Sequential', config: { name: 'net', layers: list } }
  return tfjsModel(topology, weights, { format: 'layers-model' })
}
