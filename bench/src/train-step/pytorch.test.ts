import { models } from 'convoke'
import { afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { findPython, pytorchVariable } from '../peers/python.ts'
import { openConvoke } from './convoke.ts'
import { difference } from './measure.ts'
import type { Network } from './networks.ts'
import { openPyTorch } from './pytorch.ts'
import type { Stepper } from './stepper.ts'

const resnet = { kind: 'resnet', stem: 'imagenet', block: 'basic', depths: [2, 2, 2, 2] } as const
// Slow enough that rounding does not grow within three steps: statistics of batches this small are sensitive.
const common = { batch: 4, side: 64, channels: 3, classes: 5, learningRate: 1e-4, asked: {} } as const

/** Every kind of layer, optimiser and stem of the networks that are timed, small. */
const small: readonly Network[] = [
  {
    ...{ ...common, name: 'CompactCNN', channels: 1, optimizer: 'adam', learningRate: 1e-3 },
    plan: { kind: 'compact', widths: [8, 16, 24] },
    make: () => models.CompactCNN({ classes: 5, widths: [8, 16, 24], dropout: 0 }),
  },
  {
    ...{ ...common, name: 'ResNet-18', optimizer: 'momentum', plan: resnet },
    make: () => models.ResNet18({ classes: 5 }),
  },
  {
    ...{ ...common, name: 'ResNet-18 with a small stem', optimizer: 'momentum', plan: { ...resnet, stem: 'small' } },
    make: () => models.ResNet18({ classes: 5, stem: 'small' }),
  },
  {
    ...{
      ...common,
      name: 'ResNet-26, of bottlenecks',
      optimizer: 'momentum',
      plan: { ...resnet, block: 'bottleneck' },
    },
    make: () => models.ResNet26({ classes: 5 }),
  },
]

const take = async (stepper: Stepper): Promise<number[]> => {
  const losses: number[] = []
  for (let i = 0; i < 3; i++) losses.push((await stepper.step()).loss)
  return losses
}

describe('PyTorch', () => {
  let found = false
  let open: Stepper | undefined

  beforeAll(() => {
    found = findPython('torch', pytorchVariable) !== undefined
  }, 60_000)
  afterEach(async () => {
    await open?.close()
    open = undefined
  })

  const needsPyTorch = ({ skip }: TestContext): void => {
    if (!found) skip('no Python here has PyTorch')
  }

  it.for(small)('trains $name as Convoke does, from the same weights', async (network, context) => {
    needsPyTorch(context)
    const expected = await take(await openConvoke(network, 'wasm', 1))
    open = await openPyTorch(network, 1, false)
    const losses = await take(open)
    expect(difference(losses, expected)).toBeNull()
    // Nothing but rounding before the first step.
    expect(losses[0]).toBeCloseTo(expected[0], 4)
    expect(Math.abs(losses[2] - losses[0])).toBeGreaterThan(0.01)
    expect(open.environment).toMatch(/^PyTorch \d+\.\d+/)
  })

  it('tells its own time and memory', async (context) => {
    needsPyTorch(context)
    open = await openPyTorch(small[0], 1, false)
    const { time, cpu } = await open.step()
    expect(time).toBeGreaterThan(0)
    expect(cpu).toBeGreaterThan(0)
    // The package alone takes more than this; so does Node, but this is not its process.
    if (process.platform === 'linux') expect(await open.memory()).toBeGreaterThan(80)
  })

  it('refuses weights that are of another network', async (context) => {
    needsPyTorch(context)
    const other = { ...small[0], plan: { kind: 'compact', widths: [8, 12, 24] } } as const
    await expect(openPyTorch(other, 1, false)).rejects.toThrow(
      'PyTorch: there is no stage2.unit1.conv.weight of shape [16, 8, 3, 3]',
    )
  })
})
