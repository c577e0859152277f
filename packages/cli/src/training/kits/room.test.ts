import { currentBackend, models, nn, setThreads, useBackend } from 'convoke'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { networkFor, type Widened } from './room.ts'

const plain: Widened = { name: 'compact', options: { classes: 10, channels: 1, widths: [16, 32, 64] } }
const residual: Widened = { name: 'compactresnet', options: { classes: 10, channels: 1, widths: [16, 32, 64, 128] } }
const shape = [28, 28, 1]

/** The name of the network that is chosen, and its first width. */
function chosen(networks: readonly Widened[], examples: number, seconds: number | undefined): string {
  const { name, options } = networkFor(networks, { shape, examples }, { seconds })
  return `${name} ${options.widths[0]}`
}

/** The peak of a machine in GFLOP/s: what is measured differs a little each time. */
const peak = 20

async function oneThread(): Promise<void> {
  await useBackend('wasm')
  setThreads(1)
  vi.spyOn(currentBackend(), 'fmaPeak').mockReturnValue(peak)
}

/** Seconds of ten passes over so many examples by one thread, at that peak. */
function seconds({ name, options }: Widened, factor: number, examples: number): number {
  const widths = options.widths.map((width) => factor * width)
  const model = models.build(name, { ...options, widths } as models.ModelOptions<typeof name>)
  return (10 * examples * 6 * nn.summary(model, [1, ...shape]).macs) / (1e9 * peak)
}

afterEach(() => {
  vi.restoreAllMocks()
  return useBackend('wasm')
})

describe('the network for small pictures', () => {
  it('is the plainest as it is where nothing is said of room, and where examples are few', () => {
    expect(networkFor([plain, residual], { shape, examples: 50_000 }, undefined)).toBe(plain)
    expect(chosen([plain, residual], 2000, undefined)).toBe('compact 16')
    expect(chosen([plain], 2000, undefined)).toBe('compact 16')
  })

  it('is the strongest, or a wider one, where examples are many and no time is set', () => {
    expect(chosen([plain, residual], 50_000, undefined)).toBe('compactresnet 16')
    expect(chosen([plain], 50_000, undefined)).toBe('compact 32')
  })

  it('is the strongest and widest for which ten passes fit into the time, by the peak of the machine', async () => {
    await oneThread()
    const both = [plain, residual]
    const just = (network: Widened, factor: number): number => 1.01 * seconds(network, factor, 50_000)
    expect(chosen(both, 50_000, just(residual, 2))).toBe('compactresnet 32')
    expect(chosen(both, 50_000, just(residual, 1.5))).toBe('compactresnet 24')
    expect(chosen(both, 50_000, just(residual, 1))).toBe('compactresnet 16')
    expect(chosen(both, 50_000, just(plain, 1.5))).toBe('compact 24')
    expect(chosen(both, 50_000, 0.5 * just(plain, 1))).toBe('compact 16')
    expect(chosen([plain], 50_000, just(plain, 2))).toBe('compact 32')
  })

  it('has time for steps enough where examples are few', async () => {
    await oneThread()
    // 48 passes over a thousand examples make 1500 steps of 32.
    expect(chosen([plain, residual], 1000, 4.7 * seconds(residual, 1, 1000))).toBe('compact 24')
    expect(chosen([plain, residual], 1000, 4.9 * seconds(residual, 1, 1000))).toBe('compactresnet 16')
  })

  it('is the plainest where no engine tells its peak', async () => {
    await useBackend('reference')
    expect(chosen([plain, residual], 50_000, 1e6)).toBe('compact 16')
  })
})
