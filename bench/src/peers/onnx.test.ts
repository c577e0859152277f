import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Layer, layers } from '../layers.ts'
import { verify } from '../verify.ts'
import { workload } from '../workload.ts'
import { onnxModel, openOnnxNode } from './onnx.ts'
import { writeOnnx } from './onnx-writer.ts'

const installed = existsSync(new URL('../../node_modules/onnxruntime-node', import.meta.url))

const small: readonly Layer[] = [
  ['a strided convolution', 'conv', [1, 9, 8, 6], [3, 2, 6, 5], { stride: [2, 1], padding: 1 }],
  ['a dilated convolution', 'conv', [1, 9, 9, 4], [3, 3, 4, 8], { dilation: 2, padding: 2 }],
  ['a grouped convolution', 'conv', [1, 7, 7, 6], [3, 3, 2, 9], { groups: 3 }],
  ['a convolution of a sequence', 'conv', [1, 12, 5], [4, 5, 3], {}],
  ['a convolution of a volume', 'conv', [1, 5, 4, 6, 3], [3, 3, 3, 3, 2], { padding: 1 }],
  ['a transposed convolution', 'convTranspose', [1, 6, 5, 4], [4, 4, 3, 4], { stride: 2, padding: 1 }],
].map(
  ([name, op, input, filter, geometry]) =>
    ({ name, op, input, filter, geometry, set: 'other', weights: 'random' }) as Layer,
)

describe('the ONNX writer', () => {
  it('writes the bytes of the protobuf definition', () => {
    const value = (name: string) => ({ name, shape: [1] })
    const model = { operator: 'Relu', attributes: {}, inputs: [value('x')], initializers: [], outputs: [value('y')] }
    // Encoded by hand: field·8 + wire type, length, content.
    const node = [0x0a, 12, 0x0a, 1, 0x78, 0x12, 1, 0x79, 0x22, 4, 0x52, 0x65, 0x6c, 0x75]
    const info = (tag: number, name: number) => [
      tag,
      15,
      0x0a,
      1,
      name,
      0x12,
      10,
      0x0a,
      8,
      0x08,
      1,
      0x12,
      4,
      0x0a,
      2,
      0x08,
      1,
    ]
    const graph = [...node, 0x12, 4, 0x52, 0x65, 0x6c, 0x75, ...info(0x5a, 0x78), ...info(0x62, 0x79)]
    const producer = [0x12, 13, ...new TextEncoder().encode('convoke-bench')]
    const opset = [0x42, 4, 0x0a, 0, 0x10, 21]
    expect([...writeOnnx(model)]).toEqual([0x08, 10, ...producer, 0x3a, graph.length, ...graph, ...opset])
  })

  it('spells the padding of every axis before, then after', () => {
    const layer: Layer = {
      ...small[0],
      geometry: {
        padding: [
          [1, 2],
          [0, 3],
        ],
      },
    }
    expect(onnxModel(workload(layer, 'forward', 1)).attributes['pads']).toEqual([1, 0, 2, 3])
  })

  // Needs bench/node_modules, which the first `npm run bench` installs.
  it.skipIf(!installed).each(small)('makes ONNX Runtime compute $name', async (layer) => {
    const subject = workload(layer, 'forward', 1)
    const contender = await openOnnxNode(1)
    const prepared = await contender.prepare(subject)
    expect(verify(subject, await prepared.outputs(), null)).toBeNull()
    await prepared.dispose()
  })

  it.skipIf(!installed)('runs a layer of the benchmark into preallocated memory', async () => {
    const layer = layers.find(({ name }) => name === '1×1 96→24 @56') as Layer
    const prepared = await (await openOnnxNode(1)).prepare(workload(layer, 'forward', 1))
    await prepared.run()
    await prepared.dispose()
  })
})
