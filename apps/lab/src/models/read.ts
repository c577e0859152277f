// Models that are dropped, as models in ONNX's operators. Runs in the worker, loaded with the first.

import { formats, models, type nn } from 'convoke'
import {
  decodeOnnx,
  decodeTfjs,
  exportOnnx,
  fromSkeleton,
  type GraphModule,
  graphModule,
  type ModelReport,
  type OnnxModel,
  tfjsShards,
  tfjsToOnnx,
} from 'convoke/graph'
import { shippedMetadata } from 'convoke-workbench'
import type { DroppedFile, UnreadableReason } from './task.ts'

/** The files do not make a model that can be read: `reason` names a sentence of the page, `detail` is the library's own. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly reason: UnreadableReason
  constructor(reason: UnreadableReason, detail = '') {
    super(detail)
    this.reason = reason
  }
}

const endsWith = (files: readonly DroppedFile[], ending: RegExp): DroppedFile | undefined =>
  files.find(({ name }) => ending.test(name))

const textOf = ({ bytes }: DroppedFile): string => new TextDecoder().decode(bytes)

const baseName = (path: string): string => path.split('/').at(-1) ?? path

export interface Read {
  readonly name: string
  readonly model: OnnxModel
}

/** An ONNX file, TensorFlow.js's model.json with its shards, or a run, whichever the files are. */
export function readFiles(files: readonly DroppedFile[]): Read {
  const onnx = endsWith(files, /\.onnx$/i)
  if (onnx !== undefined) return { name: onnx.name, model: decodeOnnx(onnx.bytes) }
  const weights = endsWith(files, /(^|\/)best\.safetensors$/i) ?? endsWith(files, /\.safetensors$/i)
  const config = endsWith(files, /(^|\/)config\.json$/i)
  if (weights !== undefined) return readRun(weights, config)
  const json = files.find(
    (file) => /\.json$/i.test(file.name) && /"(modelTopology|weightsManifest)"/.test(textOf(file)),
  )
  if (json !== undefined) return { name: json.name, model: readTfjs(json, files) }
  if (config !== undefined) throw new Unreadable('no-weights')
  throw new Unreadable(
    'unknown',
    files
      .map(({ name }) => name)
      .slice(0, 5)
      .join(', '),
  )
}

function readTfjs(json: DroppedFile, files: readonly DroppedFile[]): OnnxModel {
  const text = textOf(json)
  const missing = tfjsShards(text).filter((path) => !files.some(({ name }) => baseName(name) === baseName(path)))
  if (missing.length > 0) throw new Unreadable('no-shards', missing.slice(0, 5).join(', '))
  const shard = (path: string): Uint8Array => files.find(({ name }) => baseName(name) === baseName(path))!.bytes
  return tfjsToOnnx(decodeTfjs(text, shard))
}

/** What travels with a model file: how pixels go in, what the outputs are called. */
const shippedOf = (text: string): Readonly<Record<string, string>> => {
  const config = JSON.parse(text) as Parameters<typeof shippedMetadata>[0]
  return shippedMetadata({ ...config, classes: config.classes ?? [], data: config.data ?? {} })
}

interface PlainConfig {
  readonly model?: { readonly name?: unknown; readonly options?: unknown }
  readonly picture?: { readonly height?: unknown; readonly width?: unknown; readonly channels?: unknown } | null
  readonly fineTuning?: { readonly adapters?: unknown } | null
}

/** The network of a run, with its weights, in the operators of ONNX as `convoke convert` writes them. */
function readRun(file: DroppedFile, config: DroppedFile | undefined): Read {
  const { tensors, metadata } = formats.decodeSafetensors(file.bytes)
  const text = metadata['convoke'] ?? (config === undefined ? undefined : textOf(config))
  if (text === undefined) throw new Unreadable('no-config')
  const { model, picture, fineTuning } = JSON.parse(text) as PlainConfig
  if ((fineTuning?.adapters ?? null) !== null) throw new Unreadable('adapters')
  const sides = [picture?.height, picture?.width, picture?.channels]
  if (
    !sides.every((side): side is number => Number.isInteger(side) && (side as number) >= 1 && (side as number) <= 4096)
  )
    throw new Unreadable('no-picture-run')
  const options = (model?.options ?? {}) as Record<string, unknown>
  const state = formats.fromHost(tensors)
  try {
    const network =
      model?.name === 'graph'
        ? (graphModule(graphOf(options)) as unknown as nn.Module)
        : models.build(model?.name as 'lenet5', options)
    network.loadState(state)
    network.eval()
    const example: readonly number[] = [1, ...sides]
    const made =
      model?.name === 'graph'
        ? (network as unknown as GraphModule).toOnnx()
        : exportOnnx(network, example as never, { inputs: ['pixels'] })
    network.dispose()
    return { name: file.name, model: { ...made, metadata: { ...made.metadata, ...shippedOf(text) } } }
  } finally {
    for (const one of Object.values(state)) one.dispose()
  }
}

/** A graph that lies in the configuration of its run, in base64. */
function graphOf({ graph, weights }: Record<string, unknown>): OnnxModel {
  if (typeof graph !== 'string' || typeof weights !== 'object' || weights === null) throw new Unreadable('no-config')
  const bytes = Uint8Array.from(atob(graph), (sign) => sign.charCodeAt(0))
  return fromSkeleton({ model: decodeOnnx(bytes), weights: weights as Record<string, readonly number[]> })
}

const longestSide = 1024

/** Height, width and channels of a model whose only input is one picture; undefined for others. */
export function pictureShape({ inputs, shapes }: ModelReport): readonly number[] | undefined {
  const [port] = inputs
  if (inputs.length !== 1 || port === undefined || !/^(float|double|bfloat)/.test(port.type)) return undefined
  const [batch, height, width, channels] = shapes[port.name]
  if (shapes[port.name].length !== 4 || batch !== 1 || channels > 64) return undefined
  return height <= longestSide && width <= longestSide ? [height, width, channels] : undefined
}
