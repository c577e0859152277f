// Grad-CAM: Selvaraju et al. 2017, "Grad-CAM: Visual explanations from deep networks via gradient-based localization". The maps A of a
// layer, weighed by how much the score of a class grows with each: L = ReLU(Σₖ αₖ·Aₖ), αₖ the mean of ∂score / ∂Aₖ over the map.

import { gradients, mean, multiply, relu, reshape, resize, scope, sum, tensor, withoutGradients, zeros } from 'convoke'
import { type GraphModule, graphModule, type OnnxModel } from 'convoke/graph'
import type { Answered } from '../../engine/index.ts'
import type { CamAnswer, CamQuestion } from '../task.ts'
import { entering, goInOf, type Network } from './network.ts'
import { look, sessionOf } from './session.ts'
import { channelsLast } from './values.ts'

/** What the input is called that is added to a layer's output: the gradient in it is the gradient in that output. */
const tap = 'inside.tap'

/** The graph with zeros of its own added to one value, for whoever reads it. */
export function tapped(model: OnnxModel, value: string, outputs: readonly string[]): OnnxModel {
  const raw = `${value}.before-tap`
  const { graph } = model
  const nodes = graph.nodes.flatMap((node) => {
    if (!node.outputs.includes(value)) return [node]
    const renamed = { ...node, outputs: node.outputs.map((name) => (name === value ? raw : name)) }
    const sum = { name: tap, operator: 'Add', domain: '', inputs: [raw, tap], outputs: [value], attributes: {} }
    return [renamed, sum]
  })
  const float = { kind: 'tensor', type: 'float32', shape: null } as const
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      inputs: [...graph.inputs, { name: tap, type: float }],
      outputs: outputs.map((name) => ({ name, type: float })),
    },
  }
}

let kept: { readonly network: Network; readonly layer: number; readonly module: GraphModule } | undefined

function tappedModule(network: Network, layer: number): GraphModule {
  if (kept?.network === network && kept.layer === layer) return kept.module
  kept?.module.dispose()
  const model = tapped(network.model, network.layers[layer].value, [network.score!])
  kept = { network, layer, module: graphModule(model, { layout: 'as-written' }).eval() }
  return kept.module
}

export async function cam(question: CamQuestion): Promise<Answered<CamAnswer>> {
  const { network } = sessionOf(question.key)
  const { layers, pixels } = await look(question)
  const { order } = network.layers[question.layer]
  const values = layers[question.layer]
  const { height, width, channels } = values
  const module = tappedModule(network, question.layer)
  const x = entering(network, module, pixels, goInOf(network, question.goIn))
  const shape = fileShape(network, question.layer)
  const added = zeros(shape)
  const [gradient] = gradients(() => {
    const scores = reshape(module.run({ [network.input.name]: x, [tap]: added })[network.score!], [-1])
    const chosen = new Float32Array(scores.size)
    chosen[question.class] = 1
    return sum(multiply(scores, tensor(chosen)))
  }, [added])
  const grown = channelsLast(await gradient.data(), gradient.shape, order)!
  for (const one of [x, added, gradient]) one.dispose()
  const found = { weights: new Float32Array(0), map: new Float32Array(0), spread: new Float32Array(0) }
  withoutGradients(() =>
    scope(() => {
      const weights = mean(tensor(grown.data, { shape: [height * width, channels] }), { axes: 0 })
      const maps = tensor(values.data, { shape: [height, width, channels] })
      const map = relu(sum(multiply(maps, weights), { axes: -1 }))
      const spread = resize(reshape(map, [1, height, width, 1]), {
        size: [network.form.height, network.form.width],
        mode: 'bilinear',
      })
      found.weights = Float32Array.from(weights.dataSync() as Float32Array)
      found.map = Float32Array.from(map.dataSync() as Float32Array)
      found.spread = Float32Array.from(spread.dataSync() as Float32Array)
    }),
  )
  return {
    answer: {
      ...{ layer: question.layer, class: question.class, height, width, values: found.map, weights: found.weights },
      spread: { height: network.form.height, width: network.form.width, values: found.spread },
    },
  }
}

/** A layer's output as the file has its axes. */
export function fileShape({ layers }: Network, layer: number): readonly number[] {
  const { height, width, channels, order, rank } = layers[layer]
  if (rank === 2) return [1, channels]
  if (rank === 3) return [1, width, channels]
  return order === 'first' ? [1, channels, height, width] : [1, height, width, channels]
}
