import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { scope, valueAndGradients } from '../autodiff/index.ts'
import * as models from '../models/index.ts'
import * as nn from '../nn/index.ts'
import * as ops from '../ops/index.ts'
import * as optim from '../optim/index.ts'
import { memory, ones, randomNormal, type Tensor, tensor, zeros } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import { compileGradients } from './index.ts'
import { networksOn } from './testing/networks.ts'

type Losses = { readonly losses: readonly number[]; readonly state: Record<string, string> }

/** What stands for the bits of each of a network's tensors: they are millions. */
const stateOf = (model: nn.AnyModule): Record<string, string> =>
  Object.fromEntries(
    Object.entries(model.state()).map(([name, value]) => [
      name,
      createHash('sha256').update(value.dataSync()).digest('hex'),
    ]),
  )

/** Three steps of momentum on noise, dropout and all, from the same first weights. */
function trainedBy(compiled: boolean, make: () => nn.Module, shape: readonly number[]): Losses {
  const model = make().initialize(3)
  const optimizer = optim.SGD(model.parameters(), { learningRate: 0.05, momentum: 0.9 })
  const loss = (x: Tensor): Tensor => ops.mean(ops.square(ops.subtract(model(x), 0.5)))
  const plan = compiled ? compileGradients(model, loss, optimizer.parameters) : null
  const losses = [11, 12, 13].map((seed) => {
    model.train({ seed })
    const x = randomNormal(shape, { seed })
    const { value, gradients } = plan?.(x) ?? valueAndGradients(() => loss(x), optimizer.parameters)
    optimizer.step(gradients)
    return value.item()
  })
  plan?.dispose()
  return { losses, state: stateOf(model) }
}

/** Two examples or more: batch normalisation finds no variance in one value. */
const inTraining = ([batch, ...rest]: readonly number[]): readonly number[] => [Math.max(batch, 2), ...rest]

describe.each(availableBackends())('compiled gradients, on %s', (backend) => {
  it.each(networksOn(backend))('%s trains to the same weights, to the bit', async (_, make, shape) => {
    await onBackend(backend, () =>
      scope(() => {
        const run = (compiled: boolean) => trainedBy(compiled, make, inTraining(shape))
        expect(run(true)).toEqual(run(false))
      }),
    )
  })

  it('a residual network with two ways to each sum trains to the same weights, to the bit', async () => {
    const block = (width: number, other: number) =>
      nn.Sequential(
        nn.Residual(
          nn.Sequential(
            nn.Conv2d({ in: width, out: other, kernel: 3, padding: 'same', bias: false }),
            nn.BatchNorm({ channels: other, activation: 'relu' }),
            nn.SpatialDropout({ rate: 0.3 }),
            nn.Conv2d({ in: other, out: other, kernel: 3, padding: 'same', bias: false }),
            nn.BatchNorm({ channels: other }),
          ),
          {
            shortcut: nn.Sequential(
              nn.Conv2d({ in: width, out: other, kernel: 1, bias: false }),
              nn.BatchNorm({ channels: other }),
            ),
          },
        ),
        nn.Activation('relu'),
      )
    const make = () => nn.Sequential(block(3, 8), block(8, 16), nn.GlobalAveragePool(), nn.Linear({ in: 16, out: 2 }))
    await onBackend(backend, () =>
      scope(() => {
        const run = (compiled: boolean) => trainedBy(compiled, make, [2, 9, 7, 3])
        expect(run(true)).toEqual(run(false))
      }),
    )
  })
})

describe('compileGradients', () => {
  const regression = () => {
    const model = nn
      .Sequential(nn.Linear({ in: 2, out: 3 }), nn.BatchNorm({ channels: 3 }), nn.Activation('relu'))
      .initialize(1)
    return { model, parameters: model.parameters(), x: randomNormal([4, 2], { seed: 1 }) }
  }

  it('joins sums and activations with what comes before them', () => {
    const model = models.ResNet18({ classes: 3, stem: 'small' }).initialize(1)
    const step = compileGradients(model, (x: Tensor) => ops.sum(model(x)), model.parameters())
    step(randomNormal([2, 32, 32, 3], { seed: 1 }))
    const kernels = step.explain().steps.map(({ kernel }) => kernel)
    // Forward, the eight sums of the blocks go into the normalisation before them; backward, those of two paths into a convolution.
    expect(kernels.filter((kernel) => /^add/.test(kernel))).toEqual(['add'])
    expect(kernels.filter((kernel) => /^relu$/.test(kernel))).toEqual([])
    expect(kernels.filter((kernel) => /convTranspose.*\+ sum/.test(kernel)).length).toBeGreaterThanOrEqual(7)
    step.dispose()
  })

  it('tells how long each kernel takes by the layer whose gradient it is, and leaves the network as it is', () => {
    const model = nn
      .Sequential(
        nn.Conv2d({ in: 2, out: 4, kernel: 3, padding: 'same' }),
        nn.BatchNorm({ channels: 4 }),
        nn.Conv2d({ in: 4, out: 3, kernel: 3 }),
      )
      .initialize(1)
    const step = compileGradients(model, (x: Tensor) => ops.sum(ops.square(model(x))), model.parameters())
    const x = randomNormal([2, 6, 6, 2], { seed: 1 })
    const before = stateOf(model)
    const profile = step.profile(x, { runs: 3 })
    expect(stateOf(model)).toEqual(before)
    const at = (path: string) => profile.steps.filter((found) => found.path === path).map(({ kernel }) => kernel)
    // The input of the network wants no gradient: the first layer's is that of its filter alone.
    expect(at('0').filter((kernel) => /^conv/.test(kernel))).toEqual(['conv 3×3 2→4 + bias', 'convFilterGradient'])
    expect(at('1').length).toBeGreaterThanOrEqual(2)
    expect(
      at('2')
        .filter((kernel) => /^conv/.test(kernel))
        .sort(),
    ).toEqual(['conv 3×3 4→3 + bias', 'convFilterGradient', 'convTranspose 3×3 3→4'])
    expect(profile.steps.every(({ ms = -1 }) => ms >= 0)).toBe(true)
    expect(() => step.profile(x, { runs: 0 })).toThrow('runs is 0')
    const { value } = step(x)
    expect(value.item()).toBeCloseTo(valueAndGradients(() => ops.sum(ops.square(model(x))), []).value.item(), 3)
    step.dispose()
  })

  it('refuses what reads numbers, and what a plan would repeat, and changes nothing', () => {
    const { model, parameters, x } = regression()
    const before = stateOf(model)
    const reads = (batch: Tensor): Tensor => (batch.dataSync()[0] > 0 ? ops.sum(model(batch)) : ops.sum(batch))
    expect(() => compileGradients(model, reads, parameters)(x)).toThrow('reads numbers that depend on the input')
    const noisy = (batch: Tensor): Tensor => ops.sum(ops.multiply(model(batch), randomNormal([4, 3])))
    expect(() => compileGradients(model, noisy, parameters)(x)).toThrow('draws random numbers')
    const named = ({ x: batch }: { x: Tensor; names: readonly string[] }): Tensor => ops.sum(model(batch))
    expect(() => compileGradients(model, named, parameters)({ x, names: ['a'] })).toThrow('values other than tensors')
    const stop = model.observe({})
    expect(() => compileGradients(model, (batch: Tensor) => ops.sum(model(batch)), parameters)(x)).toThrow(
      'is being observed',
    )
    stop()
    expect(stateOf(model)).toEqual(before)
  })

  it('refuses at the second batch a loss that depends on more than its batch', () => {
    const { model, parameters, x } = regression()
    let weight = 1
    const step = compileGradients(model, (batch: Tensor) => ops.multiply(ops.sum(model(batch)), weight), parameters)
    step(x)
    const before = stateOf(model)
    weight = 2
    expect(() => step(x)).toThrow('compileGradients: two batches of the same shape ran different kernels or constants')
    expect(stateOf(model)).toEqual(before)
  })

  it('compares again when it is told to', () => {
    const { model, parameters, x } = regression()
    let weight = 1
    const step = compileGradients(model, (batch: Tensor) => ops.multiply(ops.sum(model(batch)), weight), parameters)
    for (let i = 0; i < 3; i++) step(x)
    step.recheck()
    expect(step(x).gradients).toHaveLength(4)
    weight = 2
    step.recheck()
    expect(() => step(x)).toThrow('different kernels or constants')
  })

  it('follows shapes that change, weights that are loaded, and layers that are frozen', () => {
    const { model, parameters } = regression()
    const loss = (batch: Tensor): Tensor => ops.sum(ops.square(model(batch)))
    const step = compileGradients(model, loss, parameters)
    const check = (x: Tensor): void => {
      const state = model.state()
      const kept = Object.fromEntries(
        Object.entries(state).map(([name, value]) => [name, tensor(value.dataSync(), { shape: value.shape })]),
      )
      const ours = step(x)
      const after = stateOf(model)
      model.loadState(kept)
      const theirs = valueAndGradients(() => loss(x), parameters)
      expect(ours.value.item()).toBe(theirs.value.item())
      expect(ours.gradients.map((g) => g.toArray())).toEqual(theirs.gradients.map((g) => g.toArray()))
      expect(stateOf(model)).toEqual(after)
    }
    for (const [i, rows] of [4, 4, 7, 2, 4, 7].entries()) check(randomNormal([rows, 2], { seed: i }))
    model.loadState(
      nn
        .Sequential(nn.Linear({ in: 2, out: 3 }), nn.BatchNorm({ channels: 3 }), nn.Activation('relu'))
        .initialize(9)
        .state(),
    )
    check(randomNormal([4, 2], { seed: 5 }))
  })

  it('runs in the mode that the network is in, whichever ran before', () => {
    const make = () =>
      nn
        .Sequential(nn.Linear({ in: 4, out: 4 }), nn.BatchNorm({ channels: 4 }), nn.Dropout({ rate: 0.5 }))
        .initialize(1)
    const ends = [true, false].map((compiled) => {
      const model = make()
      const loss = (x: Tensor): Tensor => ops.sum(ops.square(model(x)))
      const step = compileGradients(model, loss, model.parameters())
      const x = randomNormal([3, 4], { seed: 1 })
      const values = [1, 1, 1, 0, 0, 0, 1, 0].map((training, seed) => {
        if (training) model.train({ seed })
        else model.eval()
        const { value } = compiled ? step(x) : valueAndGradients(() => loss(x), model.parameters())
        return value.item()
      })
      return { values, state: stateOf(model) }
    })
    expect(ends[0]).toEqual(ends[1])
  })

  it('follows layers that are replaced, and adapters that come and go', () => {
    const model = nn.Sequential({ body: nn.Linear({ in: 2, out: 3 }), drop: nn.Dropout({ rate: 0.1 }) }).initialize(1)
    const parameters = model.parameters()
    const loss = (x: Tensor): Tensor => ops.sum(ops.square(model(x)))
    const step = compileGradients(model, loss, parameters)
    const x = randomNormal([4, 2], { seed: 1 })
    const check = (): void => {
      model.train({ seed: 5 })
      const ours = step(x)
      model.train({ seed: 5 })
      const theirs = valueAndGradients(() => loss(x), parameters)
      expect([ours.value.item(), ours.gradients.map((g) => g.toArray())]).toEqual([
        theirs.value.item(),
        theirs.gradients.map((g) => g.toArray()),
      ])
    }
    for (let i = 0; i < 3; i++) check()
    nn.replaceModule(model, 'drop', nn.Dropout({ rate: 0.9 }))
    check()
    nn.addAdapters(model, { rank: 1 })
    for (const [name, value] of Object.entries(model.state())) if (/up|down/.test(name)) value.assign(ones(value.shape))
    check()
    nn.removeAdapters(model)
    check()
  })

  it('gives zeros for what the loss does not depend on, and the loss itself where it is a parameter', () => {
    const model = nn.Linear({ in: 2, out: 1 }).initialize(1)
    const other = ones([3])
    const step = compileGradients(model, (x: Tensor) => ops.sum(model(x)), [...model.parameters(), other])
    for (let i = 0; i < 3; i++) expect(step(ones([2, 2])).gradients[2].toArray()).toEqual([0, 0, 0])
    const single = tensor(2)
    const itself = compileGradients(model, () => single, [single])
    const { value, gradients } = itself(zeros([1]))
    expect([value.item(), gradients[0].item()]).toEqual([2, 1])
  })

  it('leaves no memory behind', () => {
    const { model, parameters, x } = regression()
    model.state()
    const before = memory()
    const step = compileGradients(model, (batch: Tensor) => ops.sum(model(batch)), parameters)
    for (let i = 0; i < 3; i++) {
      const { value, gradients } = step(x)
      for (const made of [value, ...gradients]) made.dispose()
    }
    step.dispose()
    expect(memory()).toEqual(before)
  })
})
