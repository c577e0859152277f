// A graph as a module: its weights are parameters, its nodes are layers.

import { isRecording } from '../autodiff/tape.ts'
import type { OnnxModel, OnnxNode } from '../formats/onnx/model.ts'
import type { TfjsModel } from '../formats/tfjs/index.ts'
import { defineModule, type Module } from '../nn/module.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { Tensor } from '../tensor/tensor.ts'
import { Layers, specsOf } from './layers.ts'
import { picturesIn } from './pictures.ts'
import { entering, leaving, type Port, portsOf } from './ports.ts'
import { runGraph } from './run.ts'
import { isFromTensorFlow, tfjsToOnnx } from './tfjs/index.ts'
import { liftConstants } from './weights.ts'

/** How a model of a file becomes a module. */
export interface ImportOptions {
  /**
   * How pictures, signals and volumes go in and out. 'channels-last' is how Convoke lays them out: `[batch, ...spatial, channels]`;
   * 'as-written' leaves every axis where the file has it: `[batch, channels, ...spatial]`. Values that are not pictures are the same
   * either way. Defaults to 'channels-last'.
   */
  readonly layout?: 'channels-last' | 'as-written' | undefined
}

/** What an imported network is made of. */
export interface GraphInfo {
  /** The program that wrote the file. */
  readonly producer: string
  /** Versions of the operator sets by domain. */
  readonly opsets: Readonly<Record<string, number>>
  /** What it is given, in order. */
  readonly inputs: readonly Port[]
  /** What it gives, in order. */
  readonly outputs: readonly Port[]
  /** Its operators. */
  readonly nodes: readonly OnnxNode[]
}

/**
 * Takes one tensor for each input, in their order, or an object of them by name. Gives the output, or an array of them where there are
 * several.
 */
export type GraphForward = (...inputs: readonly (Tensor | Readonly<Record<string, Tensor>>)[]) => Tensor

/** An imported network: a module as any other, with weights that train. */
export interface GraphModule extends Module<GraphForward> {
  /** What it is made of. */
  readonly graph: GraphInfo
  /** All outputs by name. */
  run(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor>
  /** The model with its weights as they are now. */
  toOnnx(): OnnxModel
}

/**
 * Makes a module of a model that was read by `decodeOnnx` or `readOnnx`, or by `decodeTfjs` or `readTfjs`. It runs node by node; `compile` makes
 * the list of kernels of it that is fastest.
 */
export function graphModule(from: OnnxModel | TfjsModel, options: ImportOptions = {}): GraphModule {
  checkOptions('graphModule', options, ['layout'])
  const { layout = 'channels-last' } = options
  check(
    layout === 'channels-last' || layout === 'as-written',
    () => `graphModule: the layout is ${show(layout)}. Use 'channels-last' or 'as-written'.`,
  )
  const model = inOnnx(from)
  const { producer, opsets, functions } = model
  const graph = liftConstants(model.graph)
  const layers = new Layers(graph)
  const { inputs, outputs } = portsOf(
    graph,
    layout === 'channels-last' && !isFromTensorFlow(model) ? picturesIn(graph) : new Set(),
  )
  const runAll = (given: Readonly<Record<string, unknown>>, training: boolean): Tensor[] => {
    const asLayers = training || isRecording() || layers.watched
    const results = runGraph(graph, entering(inputs, given), {
      ...{ opsets, functions, training },
      lookup: (name) => layers.lookup(name),
      update: (name, value) => layers.update(name, value),
      around: asLayers ? (node, call, run) => layers.call(node, call, run) : undefined,
    })
    return results.map((item, i) => leaving(outputs[i], item))
  }

  const module = defineModule({
    kind: 'Graph',
    options: { producer },
    parameters: specsOf(layers.shared, 'parameter'),
    buffers: specsOf(layers.shared, 'buffer'),
    children: layers.children,
    forward: ({ tensors, mode }) => {
      layers.remember(layers.shared, tensors)
      return (...given: readonly unknown[]): Tensor => {
        const results = runAll(isByName(given) ? given[0] : inOrder(inputs, given), mode.training)
        return results.length === 1 ? results[0] : (results as unknown as Tensor)
      }
    },
  })
  layers.root = module
  return Object.assign(module as unknown as GraphModule, {
    graph: Object.freeze({ producer, opsets, inputs, outputs, nodes: graph.nodes }),
    run: (given: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
      const results = runAll(given, module.training)
      return Object.fromEntries(results.map((tensor, i) => [outputs[i].name, tensor]))
    },
    toOnnx: (): OnnxModel => ({
      ...model,
      graph: { ...graph, initializers: graph.initializers.map((tensor) => layers.written(tensor)) },
    }),
  })
}

/** A model in ONNX's operators. */
export const inOnnx = (model: OnnxModel | TfjsModel): OnnxModel => ('kind' in model ? tfjsToOnnx(model) : model)

const isByName = (given: readonly unknown[]): given is readonly [Readonly<Record<string, unknown>>] =>
  given.length === 1 && given[0] !== null && typeof given[0] === 'object' && !(given[0] instanceof Tensor)

function inOrder(inputs: readonly Port[], given: readonly unknown[]): Record<string, unknown> {
  check(
    given.length === inputs.length,
    () =>
      `The network takes ${counted(inputs.length, 'input')} (${inputs.map(({ name }) => name).join(', ')}); ${given.length} were given.`,
  )
  return Object.fromEntries(inputs.map(({ name }, i) => [name, given[i]]))
}
