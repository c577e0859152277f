// What two builds of the library are compared with: calls that both know.

import type * as convoke from 'convoke'
import type { Layer } from '../layers.ts'
import { gaussian, noise } from '../random.ts'

type Library = typeof convoke

export interface Subject {
  readonly name: string
  readonly prepare: (library: Library) => { readonly run: () => void; readonly dispose: () => void }
}

function disposeAll(tensors: readonly convoke.Tensor[]): void {
  for (const tensor of tensors) tensor.dispose()
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1)

/** A layer forward at batch 1; with `batch` forward and backward at that one, in the weights and the input. */
export const layerCase = (layer: Layer, batch?: number): Subject => ({
  name: layer.name,
  prepare: ({ conv, convTranspose, scope, sum, tensor, valueAndGradients }) => {
    const shape = [batch ?? 1, ...layer.input.slice(1)]
    const x = tensor(noise(sizeOf(shape), 1), { shape })
    const weights =
      layer.weights === 'gaussian' ? gaussian(layer.filter[0], layer.filter[1]) : noise(sizeOf(layer.filter), 2)
    const filter = tensor(weights, { shape: layer.filter })
    const forward = () => (layer.op === 'conv' ? conv : convTranspose)(x, filter, layer.geometry)
    const backward = () =>
      scope(() => {
        valueAndGradients(() => sum(forward()), [x, filter])
      })
    const run = batch === undefined ? () => forward().dispose() : backward
    return { run, dispose: () => disposeAll([x, filter]) }
  },
})

export const stepCase: Subject = {
  name: 'CompactCNN, batch 32',
  prepare: ({ models, nn, optim, scope, tensor, valueAndGradients }) => {
    const model = models.CompactCNN({ classes: 10, channels: 1 })
    const optimizer = optim.Adam(model.parameters(), { learningRate: 1e-3 })
    const x = tensor(noise(32 * 28 * 28, 3), { shape: [32, 28, 28, 1] })
    const labels = tensor(Int32Array.from({ length: 32 }, (_, i) => i % 10))
    const run = (): void => {
      scope(() => {
        const { gradients } = valueAndGradients(() => nn.crossEntropy(model(x), labels), optimizer.parameters)
        optimizer.step(gradients)
      })
    }
    return { run, dispose: () => disposeAll([x, labels]) }
  },
}

type Call = (library: Library, x: convoke.Tensor, y: convoke.Tensor) => convoke.Tensor

/** On two tensors of this shape. */
const call = (name: string, shape: readonly number[], run: Call): Subject => ({
  name,
  prepare: (library) => {
    const [x, y] = [1, 2].map((seed) => library.tensor(noise(sizeOf(shape), seed), { shape }))
    return { run: () => run(library, x, y).dispose(), dispose: () => disposeAll([x, y]) }
  },
})

export const calls: readonly Subject[] = [
  call('add of 16', [16], ({ add }, x, y) => add(x, y)),
  call('relu of 16', [16], ({ relu }, x) => relu(x)),
  call('sum of 16', [16], ({ sum }, x) => sum(x)),
  call('reshape of 16', [16], ({ reshape }, x) => reshape(x, [4, 4])),
  call('transpose of 4×4', [4, 4], ({ transpose }, x) => transpose(x)),
  call('matmul of 4×4', [4, 4], ({ matmul }, x, y) => matmul(x, y)),
  call('softmax of 4×4', [4, 4], ({ softmax }, x) => softmax(x)),
  call('conv2d of 4×4 by 4×4', [4, 4, 1, 1], ({ conv2d, reshape, scope }, x, y) =>
    scope(() => conv2d(reshape(x, [1, 4, 4, 1]), y)),
  ),
  call('maxPool of 4×4', [1, 4, 4, 1], ({ maxPool }, x) => maxPool(x, 2)),
]
