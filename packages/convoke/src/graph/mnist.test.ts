// A model from elsewhere, ../shared/models/mnist-8.onnx (a small convolutional network, CNTK's), put to work on digits drawn here.

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { scope, valueAndGradients, withoutGradients } from '../autodiff/index.ts'
import { type ClassifiedPicture, digits } from '../data/index.ts'
import { decodeOnnx, encodeOnnx } from '../formats/onnx/index.ts'
import * as nn from '../nn/index.ts'
import { argMax } from '../ops/index.ts'
import { Adam } from '../optim/index.ts'
import { type Tensor, tensor } from '../tensor/index.ts'
import { graphModule } from './index.ts'

const path = new URL('../../../../../shared/models/mnist-8.onnx', import.meta.url)
const present = existsSync(path)

/** The network takes values from 0 to 255. */
function batchOf(seed: number, count: number): { x: Tensor; labels: Tensor } {
  const set = digits({ count, seed })
  const pictures = Array.from({ length: count }, (_, i) => set.get(i) as ClassifiedPicture)
  const values = pictures.flatMap(({ image }) => Array.from(image.data, (value) => value * 255))
  return {
    x: tensor(values, { shape: [count, 28, 28, 1] }),
    labels: tensor(
      pictures.map(({ label }) => label),
      { dtype: 'int32' },
    ),
  }
}

describe.skipIf(!present)('a network for digits from elsewhere', () => {
  const read = () => graphModule(decodeOnnx(readFileSync(path)))
  const accuracy = (model: ReturnType<typeof read>, { x, labels }: ReturnType<typeof batchOf>): number => {
    const found = scope(() => argMax(withoutGradients(() => model(x))).dataSync())
    const wanted = labels.dataSync()
    return Array.from(found).filter((label, i) => label === wanted[i]).length / wanted.length
  }
  it('reads digits that it has never seen, learns more of them, and is written back as it is', () => {
    const model = read().train()
    const test = batchOf(100, 200)
    const before = accuracy(model, test)
    expect(before).toBeGreaterThan(0.6)
    const optimizer = Adam(model.parameters(), { learningRate: 3e-4 })
    for (let step = 0; step < 60; step++) {
      const { x, labels } = batchOf(step + 1, 20)
      scope(() =>
        optimizer.step(valueAndGradients(() => nn.crossEntropy(model(x), labels), model.parameters()).gradients),
      )
    }
    const after = accuracy(model, test)
    expect(after).toBeGreaterThan(before)
    expect(after).toBeGreaterThan(0.85)
    const again = graphModule(decodeOnnx(encodeOnnx(model.toOnnx()))).eval()
    expect(accuracy(again, test)).toBe(after)
    const outputs = (of: typeof again): number[] => Array.from(scope(() => of(test.x).dataSync()))
    expect(outputs(again)).toEqual(outputs(model.eval()))
  })
})

if (!present) console.warn('skipped: a network for digits; shared/models is not beside the repository')
