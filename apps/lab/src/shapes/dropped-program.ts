// What programs in Python say of a model that was dropped, and the weights that they read. Runs in the worker.

import { formats, tensor } from 'convoke'
import { graphModule } from 'convoke/graph'
import type { Answered } from '../engine/index.ts'
import { channelOrders } from '../models/orders.ts'
import { constantsOf, floatsAmong, linesOf } from '../models/program/nodes.ts'
import { pytorchLine } from '../models/program/pytorch-nodes.ts'
import { tensorflowLine } from '../models/program/tensorflow-nodes.ts'
import { known } from './dropped.ts'
import type { ModelProgram } from './task.ts'

export function programOfDropped(key: string): ModelProgram | undefined {
  const { model, all, nodes: shown, inputName } = known(key)
  const asWritten = graphModule(model, { layout: 'as-written' })
  const { nodes } = asWritten.graph
  asWritten.dispose()
  if (nodes.length !== all.length) return undefined
  const weights = constantsOf(model.graph)
  const orders = channelOrders(nodes, (name) => weights.has(name))
  const values = shown.map((report) => nodes[all.indexOf(report)].outputs[0])
  return {
    ...{ input: inputName, inputFirst: orders.get(inputName) !== 'last', values },
    first: values.map((name) => orders.get(name) !== 'last'),
    pytorch: linesOf(model, weights, pytorchLine),
    tensorflow: linesOf(model, weights, tensorflowLine),
  }
}

/** Every float of the model under its name. */
export async function weightsOfDropped(key: string): Promise<Answered<Uint8Array<ArrayBuffer>>> {
  const floats = floatsAmong(constantsOf(known(key).model.graph))
  const all = Object.fromEntries(floats.map(([name, values, shape]) => [name, tensor(values, { shape })]))
  try {
    const answer = new Uint8Array(formats.encodeSafetensors(await formats.toHost(all)))
    return { answer, transfer: [answer.buffer] }
  } finally {
    for (const one of Object.values(all)) one.dispose()
  }
}
