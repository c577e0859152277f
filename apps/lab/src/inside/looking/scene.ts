// What the arithmetic of one number is made from.

import { scope, type Tensor, withoutGradients } from 'convoke'
import type { OnnxNode } from 'convoke/graph'
import type { ChannelOrder } from '../../models/orders.ts'
import type { MapValues } from '../task.ts'
import type { Layer, Network } from './network.ts'
import { channelOf, type LayerValues } from './values.ts'

/** What the arithmetic of a node is made from. */
export interface Scene {
  readonly network: Network
  readonly layer: Layer
  readonly node: OnnxNode
  /** What the node's input of that index is, by where it comes from: a layer's values, or the picture as it went in. */
  readonly valuesOf: (input: number) => LayerValues | undefined
  readonly weightsOf: (input: number) => ArrayLike<number> | undefined
  readonly shapeOf: (input: number) => readonly number[] | undefined
  readonly channel: number
  readonly row: number
  readonly column: number
}

/** A number of the library's making. */
export const number = (make: () => Tensor): number =>
  withoutGradients(() => {
    let value = 0
    scope(() => {
      value = make().dataSync()[0]
    })
    return value
  })

/** Numbers of the library's making. */
export const numbers = (make: () => Tensor): Float32Array =>
  withoutGradients(() => {
    let values = new Float32Array(0)
    scope(() => {
      values = Float32Array.from(make().dataSync() as Float32Array)
    })
    return values
  })

/** What only brings channels from one end of a picture to the other. */
const moves = (node: OnnxNode): boolean => {
  const perm = node.attributes['perm']
  return perm?.type === 'ints' && /^0,(3,1,2|2,3,1)$/.test(perm.value.join())
}

/** The layer whose output a value is, but for operators that only hand it on; −1 is the picture. */
export function sourceOf({ layers, input, model }: Network, name: string | undefined): number | undefined {
  let value = name
  while (value !== undefined && value !== '') {
    if (value === input.name) return -1
    const at = layers.findIndex((layer) => layer.value === value)
    if (at >= 0) return at
    const maker = model.graph.nodes.find(({ outputs }) => outputs[0] === value)
    value = maker === undefined || (maker.operator === 'Transpose' && !moves(maker)) ? undefined : maker.inputs[0]
  }
  return undefined
}

/** Where channels stand in a picture as it is made into one row of numbers: of what the flattening node reads. */
export function flattenedOrder({ orders, model, layers }: Network, name: string): ChannelOrder {
  let value = name
  for (;;) {
    const known = orders.get(value)
    if (known !== undefined) return known
    const maker = model.graph.nodes.find(({ outputs }) => outputs[0] === value)
    if (maker === undefined || layers.some((layer) => layer.value === value)) return 'first'
    ;[value] = maker.inputs
  }
}

export const mapOf = (values: LayerValues, channel: number): MapValues => ({
  ...{ height: values.height, width: values.width, values: channelOf(values, channel) },
})
