// A training step kernel by kernel, as it is on this machine.

import { compileGradients, models, optim, tensor, train } from 'convoke'

export interface SleptStep {
  readonly name: string
  /** Of a rank. */
  readonly examples: number
  /** Elements of each parameter. */
  readonly sizes: readonly number[]
  /** Milliseconds of each kernel, forward and backward, and the parameters whose gradients are known after it. */
  readonly kernels: readonly (readonly number[])[]
  /** Milliseconds of the optimiser. */
  readonly rest: number
  /** Numbers of running statistics. */
  readonly statistics: number
}

const [examples, side, classes] = [16, 224, 1000]
/** The first ones plan. */
const steps = 7

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

/** A step of ResNet-50 on 16 pictures of 224², with all threads: the one of the median time. */
export async function measureResNet50(): Promise<SleptStep> {
  const model = models.ResNet50({ classes }).initialize(1)
  const parameters = model.parameters()
  const pixels = Float32Array.from({ length: examples * side * side * 3 }, (_, i) => Math.sin(i))
  const image = tensor(pixels, { shape: [examples, side, side, 3] })
  const label = tensor(
    Int32Array.from({ length: examples }, (_, i) => i),
    { dtype: 'int32' },
  )
  const task = train.classification(model, classes)
  const optimizer = optim.SGD(parameters, { learningRate: 1e-4, momentum: 0.9 })
  model.train({ seed: 1 })
  const gradientsOf = compileGradients(
    model,
    (batch: { image: typeof image; label: typeof label }) => task.loss(task.forward(batch), batch),
    parameters,
  )
  const measured: { kernels: number[][]; rest: number; whole: number }[] = []
  for (let step = 0; step < steps; step++) {
    const kernels: number[][] = []
    const began = performance.now()
    let last = began
    const { value, gradients } = gradientsOf(
      { image, label },
      {
        known(fresh) {
          const now = performance.now()
          kernels.push([rounded(now - last), ...fresh])
          last = now
        },
      },
    )
    await value.data()
    value.dispose()
    optimizer.step(gradients)
    for (const gradient of gradients) gradient.dispose()
    const now = performance.now()
    measured.push({ kernels, rest: rounded(now - last), whole: now - began })
  }
  gradientsOf.dispose()
  const settled = measured.slice(2).sort((a, b) => a.whole - b.whole)
  const { kernels, rest } = settled[settled.length >> 1]
  const buffers = Object.values(model.state()).reduce((sum, { size }) => sum + size, 0) - model.parameterCount()
  return {
    ...{ name: `ResNet-50 ${side}², batch ${examples}`, examples, kernels, rest, statistics: buffers },
    sizes: parameters.map(({ size }) => size),
  }
}
