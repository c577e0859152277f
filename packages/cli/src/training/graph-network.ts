// Networks from elsewhere in a run: the graph lies in the run's configuration, its weights where those of every run lie.

import { nn } from 'convoke'
import {
  decodeOnnx,
  encodeOnnx,
  fromSkeleton,
  type GraphModule,
  graphModule,
  type OnnxModel,
  skeletonOf,
  withClasses,
} from 'convoke/graph'
import { ConvokeError, check } from 'convoke/shapes'
import * as v from 'valibot'

/** Options of the network `graph`, plain data. */
export interface GraphOptions {
  /** The model without its weights, an ONNX file in base64. */
  readonly graph: string
  /** Shapes of the weights by their names in the file. */
  readonly weights: Readonly<Record<string, readonly number[]>>
  readonly classes: number
}

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 30))
const schema = v.object({
  graph: v.string(),
  weights: v.record(v.string(), v.array(size)),
  classes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
})

export function optionsOfGraph(model: OnnxModel, classes: number): GraphOptions {
  const skeleton = skeletonOf(model)
  const graph = Buffer.from(encodeOnnx(skeleton.model)).toString('base64')
  return { graph, weights: skeleton.weights, classes }
}

/** The network of a run, its weights to be loaded. Throws `ConvokeError` for options that are none. */
export function buildGraph(options: Readonly<Record<string, unknown>>, seed: number): GraphModule {
  const result = v.safeParse(schema, options)
  if (!result.success)
    throw new ConvokeError(
      `the configuration has no graph: ${v.getDotPath(result.issues[0]) ?? 'it'} is ${result.issues[0].received.slice(0, 60)}. Put back what Convoke wrote, or fine-tune again.`,
    )
  const { graph, weights, classes } = result.output
  const model = fromSkeleton({ model: decodeOnnx(new Uint8Array(Buffer.from(graph, 'base64'))), weights })
  return graphModule(withClasses(model, classes, { seed }).model)
}

/** The model of a run as ONNX, adapters added to the weights that have some. */
export function onnxOf(model: nn.Module): OnnxModel {
  check('toOnnx' in model, () => 'this network was not built from a graph.')
  return (nn.mergeAdapters(model) as GraphModule).toOnnx()
}
