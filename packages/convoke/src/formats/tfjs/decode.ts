// model.json and its shards.

import { check } from '../../shapes/error.ts'
import { parseJson } from '../json-text.ts'
import { recordOf } from '../names.ts'
import { graphOf, signatureOf } from './graph.ts'
import { topologyOf } from './layers.ts'
import type { Json, JsonObject, TfjsModel } from './model.ts'
import { checkFile, checkGraph, checkSignature, type FileJson } from './schema.ts'
import { readWeights, shardPaths } from './weights.ts'

const fileOf = (json: string): FileJson => checkFile('model.json', parseJson('tfjs: model.json', json))

/**
 * The paths of the shards that a model.json names, from its folder, which they never leave: what `decodeTfjs` needs.
 */
export const tfjsShards = (json: string): string[] => shardPaths(fileOf(json).weightsManifest)

/** The format is stated, except by early converters. */
function isGraph({ format, modelTopology }: FileJson): boolean {
  if (format === 'graph-model') return true
  if (format === 'layers-model') return false
  check(
    format === undefined || format === null || format === '',
    () => `tfjs: the model is of format ${JSON.stringify(format?.slice(0, 100))}. Known: graph-model, layers-model.`,
  )
  return Array.isArray(modelTopology['node'])
}

/**
 * The model in the text of a model.json and its shards, which `shards` gives by their paths. Weights are decoded on access,
 * so the bytes must not change while the model is in use. Throws `ConvokeError` if it is not a complete model of TensorFlow.js.
 */
export function decodeTfjs(json: string, shards: (path: string) => Uint8Array): TfjsModel {
  const file = fileOf(json)
  const metadata = recordOf(Object.entries(file.userDefinedMetadata ?? {}) as [string, Json][]) as JsonObject
  const common = { generatedBy: file.generatedBy ?? '', convertedBy: file.convertedBy ?? '', metadata }
  if (!isGraph(file)) {
    const { layers, version } = topologyOf(file.modelTopology)
    return {
      ...common,
      kind: 'layers',
      layers,
      kerasVersion: version,
      weights: readWeights(file.weightsManifest, shards),
    }
  }
  // Where it is among a program's own data, that is the newer one.
  const own = metadata['signature']
  const signature = own === undefined || own === null ? file.signature : checkSignature('userDefinedMetadata', own)
  const graph = graphOf(checkGraph('modelTopology', file.modelTopology), signatureOf(signature))
  const initializer = file.modelInitializer
    ? graphOf(file.modelInitializer, signatureOf(file.initializerSignature))
    : null
  return { ...common, kind: 'graph', graph, initializer, weights: readWeights(file.weightsManifest, shards) }
}
