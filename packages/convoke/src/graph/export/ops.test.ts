// Every op exported and read back: the model gives what the op gives.

import { describe, expect, it } from 'vitest'
import { useBackend } from '../../backends/current.ts'
import { decodeOnnx, encodeOnnx } from '../../formats/onnx/index.ts'
import { fromData } from '../../tensor/create.ts'
import { Tensor } from '../../tensor/tensor.ts'
import { type ExportedOp, numbersFor } from '../../testing/exported-op.ts'
import { exportedOps } from '../../testing/exported-ops.ts'
import { graphModule } from '../module.ts'
import { exportOnnx } from './export.ts'

const inputsOf = ({ shapes, whole, low = -1, high = 1, open = true }: ExportedOp, batch: number): Tensor[] =>
  shapes.map((shape, i) => {
    const own = open ? shape.with(0, batch) : shape
    const size = own.reduce((product, length) => product * length, 1)
    const limit = whole?.[i]
    return limit === undefined
      ? fromData(numbersFor(size, i + 1, low, high), own, 'float32')
      : fromData(numbersFor(size, i + 1, 0, limit).map(Math.floor), own, 'int32')
  })

const listOf = (result: unknown): Tensor[] => (result instanceof Tensor ? [result] : (result as Tensor[]))

describe('An exported op', () => {
  it.each(exportedOps.map((op) => [op.name, op] as const))('computes %s', async (_, op) => {
    await useBackend('reference')
    const example = inputsOf(op, 2)
    const options = { layout: 'channels-last', dynamic: op.open === false ? [] : [0], opset: op.opset } as const
    const bytes = encodeOnnx(exportOnnx(op.network, example, options))
    const model = graphModule(decodeOnnx(bytes), { layout: 'as-written' }).eval()
    for (const batch of op.open === false ? [2] : [2, 3]) {
      const inputs = inputsOf(op, batch)
      const expected = listOf(op.network(...inputs))
      const found = listOf(model(...inputs))
      expect(found.map(({ shape, dtype }) => [...shape, dtype])).toEqual(
        expected.map(({ shape, dtype }) => [...shape, dtype]),
      )
      for (const [i, tensor] of found.entries()) {
        const wanted = Array.from(expected[i].dataSync())
        const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1
        tensor.dataSync().forEach((value: number, at: number) => {
          expect(Math.abs(value - wanted[at]) / largest).toBeLessThan(op.tolerance ?? 3e-6)
        })
      }
    }
  })
})
