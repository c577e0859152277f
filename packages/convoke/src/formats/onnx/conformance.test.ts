// ONNX's own operator tests, where they lie beside the repository (../shared): every model and every tensor is read.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeOnnx } from './decode.ts'
import { decodeOnnxValue } from './decode-value.ts'
import type { OnnxValue } from './model.ts'

const root = fileURLToPath(new URL('../../../../../../shared/conformance/onnx-node', import.meta.url))

function checkValue(value: OnnxValue, type: string | null): number {
  if (value.kind === 'optional') return value.value === null ? 0 : checkValue(value.value, type)
  if (value.kind !== 'tensor') return value.values.reduce((sum, one) => sum + checkValue(one, type), 0)
  const { shape, values, type: own } = value.tensor
  if (type !== null) expect(own).toBe(type)
  expect(values.length).toBe(shape.reduce((product, length) => product * length, 1))
  return 1
}

describe.skipIf(!existsSync(root))('operator tests of ONNX (../shared/conformance/onnx-node)', () => {
  it('are read whole, and their tensors are of the types that the models state', () => {
    let [models, tensors] = [0, 0]
    for (const name of readdirSync(root)) {
      const { graph, opsets } = decodeOnnx(readFileSync(`${root}/${name}/model.onnx`))
      models++
      expect(opsets[''] ?? opsets['ai.onnx.ml'] ?? opsets['ai.onnx.preview.training'], name).toBeGreaterThan(0)
      expect(graph.nodes.length, name).toBeGreaterThan(0)
      for (const set of readdirSync(`${root}/${name}`).filter((one) => one.startsWith('test_data_set')))
        for (const file of readdirSync(`${root}/${name}/${set}`)) {
          const [, direction, index] = /^(input|output)_(\d+)\.pb$/.exec(file)!
          const info = (direction === 'input' ? graph.inputs : graph.outputs)[Number(index)]
          const kind = info.type?.kind
          if (kind !== 'tensor' && kind !== 'sequence' && kind !== 'optional') throw new Error(`${name}: ${kind}`)
          const value = decodeOnnxValue(readFileSync(`${root}/${name}/${set}/${file}`), kind)
          tensors += checkValue(value, info.type?.kind === 'tensor' ? info.type.type : null)
        }
    }
    expect(models).toBe(894)
    expect(tensors).toBeGreaterThan(2900)
  })
})
