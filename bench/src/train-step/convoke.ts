// A training step of Convoke: forward, backward and optimiser, as `train.fit` takes it.

import { type Backend, compileGradients, nn, optim, tensor, useBackend } from 'convoke'
import type { Family } from '../contender.ts'
import { checkBackend, engine } from '../convoke-engine.ts'
import { exampleOf, firstWeights, type Network } from './networks.ts'
import { type Stepper, stepperHere } from './stepper.ts'

export async function openConvoke(network: Network, family: Family, threads: number): Promise<Stepper> {
  checkBackend(family)
  const backend: Backend = await useBackend(family)
  await engine.setThreads?.(threads)
  const model = firstWeights(network)
  const { batch, side, channels, learningRate } = network
  const { pictures, labels } = exampleOf(network)
  const x = tensor(pictures, { shape: [batch, side, side, channels] })
  const y = tensor(labels)
  const optimizer =
    network.optimizer === 'adam'
      ? optim.Adam(model.parameters(), { learningRate })
      : optim.SGD(model.parameters(), { learningRate, momentum: 0.9 })
  const gradientsOf = compileGradients(
    model,
    (batch: { readonly x: typeof x; readonly y: typeof y }) => nn.crossEntropy(model(batch.x), batch.y),
    optimizer.parameters,
  )
  return stepperHere(backend.name, async () => {
    model.train()
    const { value, gradients } = gradientsOf({ x, y })
    optimizer.step(gradients)
    for (const gradient of gradients) gradient.dispose()
    const [loss] = await value.data()
    value.dispose()
    return loss
  })
}
