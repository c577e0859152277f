import { describe, expect, it } from 'vitest'
import { scope, valueAndGradients } from '../autodiff/index.ts'
import { currentBackend } from '../backends/current.ts'
import * as models from '../models/index.ts'
import * as nn from '../nn/index.ts'
import * as ops from '../ops/index.ts'
import { memory, ones, randomNormal, type Tensor, tensor, zeros } from '../tensor/index.ts'
import { availableBackends, onBackend, relativeError } from '../testing/check-op.ts'
import { tensorsOf, workingArguments } from '../testing/every-op.ts'
import { loosely } from '../testing/refusal.ts'
import { keyOf } from './compile.ts'
import { compile } from './index.ts'
import { tensorsWithin, withTensors } from './structure.ts'
import { networksOn } from './testing/networks.ts'

/** Running statistics and biases as training leaves them, not the zeros and ones that networks begin with. */
function trained(model: nn.Module): nn.Module {
  let seed = 1
  for (const [name, held] of Object.entries(model.state())) {
    const drawn = randomNormal(held.shape, { seed: seed++ })
    if (/variance/.test(name)) held.assign(ops.add(ops.square(drawn), 0.5))
    else if (held.rank === 1) held.assign(ops.add(held, ops.multiply(drawn, 0.2)))
  }
  return model.eval()
}

const difference = (a: unknown, b: unknown): number => {
  const [actual, expected] = [tensorsOf(a), tensorsOf(b)]
  expect(actual.map(({ shape, dtype }) => [shape, dtype])).toEqual(expected.map(({ shape, dtype }) => [shape, dtype]))
  return Math.max(0, ...actual.map((x, i) => relativeError(x.dataSync(), expected[i].dataSync())))
}

describe.each(availableBackends())('a compiled network, on %s', (backend) => {
  it.each(networksOn(backend))('%s computes what the network computes', async (_, make, shape) => {
    await onBackend(backend, () =>
      scope(() => {
        const model = trained(make().initialize(1))
        const x = randomNormal(shape, { seed: 7 })
        const fast = compile(model, x)
        expect(difference(fast(x), model(x))).toBeLessThan(1e-5)
        // A second run over the same memory, with other numbers.
        const y = randomNormal(shape, { seed: 8 })
        expect(difference(fast(y), model(y))).toBeLessThan(1e-5)
        fast.dispose()
      }),
    )
  })
})

describe('compile', () => {
  // Eleven million weights: too many for the loops of the reference.
  it.each(availableBackends().filter((name) => name !== 'reference'))(
    'ResNet-18 computes the same, on %s',
    async (backend) => {
      await onBackend(backend, () => {
        const model = trained(models.ResNet18({ classes: 5, stem: 'small' }).initialize(1))
        const x = randomNormal([2, 32, 32, 3], { seed: 1 })
        const fast = compile(model, x)
        expect(difference(fast(x), model(x))).toBeLessThan(1e-5)
        fast.dispose()
        model.dispose()
      })
    },
  )

  it.each(Object.keys(workingArguments))('%s computes the same, or is refused in words', async (op) => {
    for (const backend of availableBackends()) {
      await onBackend(backend, () => {
        const args = workingArguments[op]
        const given = tensorsWithin(args)
        if (given.length === 0) return
        const network = (...inputs: Tensor[]) => loosely[op](...(withTensors(args, (_, i) => inputs[i]) as unknown[]))
        let fast: typeof network | undefined
        try {
          fast = compile(network, given)
        } catch (error) {
          expect((error as Error).message).toMatch(/^compile: .*(depend on the input|random numbers)/)
          // Those that decide by the numbers what to do.
          expect(['allClose', 'dropout', 'matchTemplate', 'deconvolve', 'convolve', 'correlate']).toContain(op)
        }
        if (fast !== undefined) expect(difference(fast(...given), loosely[op](...args))).toBeLessThan(1e-5)
      })
    }
  })

  it('plans each shape once, and keeps as many as it is told', () => {
    const model = trained(models.LeNet5())
    const fast = compile(model, [1, 28, 28, 1], { plans: 2 })
    for (const batch of [1, 3, 5, 1]) {
      const x = randomNormal([batch, 28, 28, 1], { seed: batch })
      expect(difference(fast(x), model(x))).toBeLessThan(1e-5)
    }
  })

  it('follows weights that change, and leaves the network in the mode it is in', () => {
    const model = trained(models.LeNet5())
    const x = randomNormal([2, 28, 28, 1], { seed: 1 })
    const fast = compile(model, x)
    const before = fast(x).dataSync()
    const [weight] = model.parameters()
    weight.assign(ops.multiply(weight, 2))
    model.train()
    const after = fast(x)
    expect(relativeError(after.dataSync(), before)).toBeGreaterThan(1e-3)
    expect(model.training).toBe(true)
    expect(difference(after, model.eval()(x))).toBeLessThan(1e-5)
  })

  it('gives every result that a network gives, in the form that it gives it', () => {
    const weight = tensor([[1, 2]])
    const network = (x: Tensor, { y }: { readonly y: Tensor }) => ({
      sum: ops.add(x, y),
      same: x,
      list: [ops.reshape(ops.multiply(x, y), [2, 1]), weight],
      twice: [ops.exp(x), 'a word', 3],
    })
    const given = [tensor([[3, 4]]), { y: tensor([[10, 20]]) }] as const
    const fast = compile(network, given)
    const result = fast(...given)
    expect(result.sum.toArray()).toEqual([[13, 24]])
    expect(result.same.toArray()).toEqual([[3, 4]])
    expect(result.list.map((x) => x.toArray())).toEqual([[[30], [80]], [[1, 2]]])
    expect(result.twice.slice(1)).toEqual(['a word', 3])
    expect(fast(given[0], { y: given[0] }).sum.toArray()).toEqual([[6, 8]])
  })

  it('checks indices at each run, as the network does', () => {
    const model = models.TextCNN({ vocabulary: 9, size: 4, maps: 2 }).eval()
    const words = (numbers: number[]) => tensor([numbers], { dtype: 'int32' })
    const fast = compile(model, words([0, 1, 2, 3, 4]))
    const given = words([8, 7, 6, 5, 4])
    expect(difference(fast(given), model(given))).toBeLessThan(1e-5)
    expect(() => fast(words([0, 1, 2, 3, 9]))).toThrow('index 9 is outside an axis of length 9')
    const picked = compile((x: Tensor, i: Tensor) => ops.gather(x, i), [tensor([10, 20, 30]), words([0, 0])])
    expect(picked(tensor([1, 2, 3]), words([-1, 0])).toArray()).toEqual([[3, 1]])
  })

  it('refuses what is decided by the numbers of the input, and random numbers', () => {
    const decides = (x: Tensor) => (x.dataSync()[0] > 0 ? ops.negate(x) : x)
    expect(() => compile(decides as never, tensor([1]))).toThrow(
      'compile: the network reads numbers that depend on the input',
    )
    const layer = nn.defineModule({ kind: 'Noise', forward: () => (x: Tensor) => ops.add(x, randomNormal(x.shape)) })
    expect(() => compile(nn.Sequential(layer), [2, 2])).toThrow('compile: the layer 0 draws random numbers')
    expect(() => compile(models.LeNet5(), [1, 28, 28, 1], { plans: 0 })).toThrow('plans is 0')
    for (const network of [null, undefined, {}])
      expect(() => compile(network as never, [1, 2])).toThrow(/the network is .*; it must be a module/)
    for (const example of [null, undefined, 3])
      expect(() => compile(layer, example as never)).toThrow(/the example is .*; it must be a tensor, or its shape/)
    expect(() => compile(nn.Linear({ in: 2, out: 3 }), [1, 2])(undefined as never)).toThrow('the input is undefined')
  })

  it('follows layers that are replaced, and adapters that come and go', () => {
    const model = trained(nn.Sequential({ body: nn.Linear({ in: 4, out: 8 }), head: nn.Linear({ in: 8, out: 5 }) }))
    const x = randomNormal([3, 4], { seed: 1 })
    const fast = compile(model, x)
    const agrees = (): void => expect(difference(fast(x), model(x))).toBeLessThan(1e-5)
    agrees()
    nn.replaceModule(model, 'head', nn.Linear({ in: 8, out: 2 }).initialize(3))
    agrees()
    nn.addAdapters(model, { rank: 2 })
    for (const [name, value] of Object.entries(model.state())) if (/up|down/.test(name)) value.assign(ones(value.shape))
    agrees()
    nn.mergeAdapters(model)
    agrees()
  })

  it('refuses to be differentiated, and runs where nothing asks for its gradient', () => {
    const model = trained(models.LeNet5())
    const x = randomNormal([1, 28, 28, 1], { seed: 1 })
    const fast = compile(model, x)
    const words = 'compile: a compiled network has no gradients'
    expect(() => valueAndGradients(() => ops.sum(fast(x)), model.parameters())).toThrow(words)
    expect(() => valueAndGradients(() => ops.sum(fast(x)), [x])).toThrow(words)
    const factor = tensor(2)
    const { gradients } = valueAndGradients(() => ops.sum(ops.multiply(fast(x), factor)), [factor])
    expect(gradients[0].item()).toBeCloseTo(ops.sum(model(x)).item(), 3)
  })

  it('packs its weights again for another number of threads', async () => {
    await onBackend('native', () => {
      const backend = currentBackend()
      const threads = backend.threads?.() ?? 1
      const model = trained(models.ResNet18({ classes: 5, stem: 'small' }).initialize(1))
      const x = randomNormal([2, 32, 32, 3], { seed: 1 })
      const fast = compile(model, x)
      try {
        for (const count of [1, 2, 2, 1, 3]) {
          backend.setThreads?.(count)
          expect(difference(fast(x), model(x))).toBeLessThan(1e-5)
          expect(fast.explain().steps.length).toBeGreaterThan(20)
          expect(fast.profile({ runs: 1 }).steps.length).toBeGreaterThan(20)
        }
        // Whoever shares the weights still has them.
        expect(difference(compile(model, x)(x), model(x))).toBeLessThan(1e-5)
      } finally {
        backend.setThreads?.(threads)
      }
    })
  })

  it('leaves no memory behind', () => {
    const model = trained(models.ResNet18({ classes: 3, stem: 'small' }))
    const x = randomNormal([1, 32, 32, 3], { seed: 1 })
    model.state()
    const before = memory()
    const fast = compile(model, x)
    fast(x).dispose()
    fast(x).dispose()
    expect(memory().bytes).toBeGreaterThan(before.bytes)
    fast.dispose()
    expect(memory()).toEqual(before)
  })

  it('says what it runs, and measures it', () => {
    const model = trained(models.ResNet18({ classes: 3, stem: 'small' }))
    const fast = compile(model, [1, 32, 32, 3])
    const { steps, macs, memory: bytes } = fast.explain()
    // Twenty convolutions that have taken everything up, the mean over the picture, the head and its bias.
    expect(steps.map(({ kernel }) => kernel.split(' ')[0])).toEqual([
      ...Array<string>(20).fill('conv'),
      ...['reduceExpression', 'matmul', 'add'],
    ])
    expect(steps[0]).toMatchObject({ path: 'stem.conv', kernel: 'conv 3×3 3→64 + bias + relu' })
    expect(steps[2].kernel).toBe('conv 3×3 64→64 + bias + sum + relu')
    expect(macs).toBe(nn.summary(model, [1, 32, 32, 3]).macs)
    // Three pictures of 32×32 with 64 channels: what comes in, what a block makes, what it is added to.
    expect(bytes).toBe(3 * 32 * 32 * 64 * 4)
    expect(steps.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6)
    const profile = fast.profile({ runs: 3 })
    expect(profile.steps).toHaveLength(steps.length)
    expect(profile.ms).toBeGreaterThan(0)
    expect(String(profile)).toContain('stage1.0.body.conv1.conv')
  })

  it('runs one network from several shapes of an argument list', () => {
    const network = (x: Tensor, y: Tensor) => ops.add(x, y)
    const fast = compile(network, [[2, 2], [2]])
    expect(fast(ones([2, 2]), zeros([2])).toArray()).toEqual([
      [1, 1],
      [1, 1],
    ])
  })

  it('plans by shapes and dtypes, not by values', () => {
    expect(keyOf([{ x: tensor([1, 2]) }])).toBe(keyOf([{ x: tensor([3, 4]) }]))
    expect(keyOf([tensor([1, 2])])).not.toBe(keyOf([tensor([1, 2, 3])]))
    expect(keyOf([ones([2])])).not.toBe(keyOf([ones([2], 'int32')]))
  })
})
