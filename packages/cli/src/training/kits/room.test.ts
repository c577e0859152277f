import { fmaPeak, models, nn, setThreads, useBackend } from 'convoke'
import { afterEach, describe, expect, it } from 'vitest'
import { widthsFor } from './room.ts'

const sized = (examples: number) => ({
  ...{ name: 'compact' as const, options: { classes: 10, channels: 1 } },
  ...{ shape: [28, 28, 1], examples },
})
const usual = [16, 32, 64]

afterEach(() => useBackend('wasm'))

describe('the widths of a small network', () => {
  it('stay as they are where nothing is said of room, and where examples are few', () => {
    expect(widthsFor(usual, sized(50_000), undefined)).toEqual(usual)
    expect(widthsFor(usual, sized(2000), { seconds: undefined })).toEqual(usual)
    expect(widthsFor(usual, sized(50_000), { seconds: undefined })).toEqual([32, 64, 128])
  })

  it('are those for which ten passes fit into the time, by the peak of the machine', async () => {
    await useBackend('wasm')
    setThreads(1)
    // Twice the widths are about four times the work.
    const work = (widths: readonly number[]): number =>
      6 * nn.summary(models.build('compact', { ...sized(1).options, widths }), [1, 28, 28, 1]).macs * 50_000 * 10
    const seconds = (widths: readonly number[]): number => work(widths) / (1e9 * fmaPeak())
    expect(widthsFor(usual, sized(50_000), { seconds: 3 * seconds([32, 64, 128]) })).toEqual([32, 64, 128])
    expect(widthsFor(usual, sized(50_000), { seconds: 0.3 * seconds([24, 48, 96]) })).toEqual(usual)
    const between = Math.sqrt(seconds([24, 48, 96]) * seconds([32, 64, 128]))
    expect(widthsFor(usual, sized(50_000), { seconds: between })).toEqual([24, 48, 96])
  })

  it('of few examples leave time for steps enough', async () => {
    await useBackend('wasm')
    // 48 passes over a thousand examples make 1500 steps of 32.
    expect(widthsFor(usual, sized(1000), { seconds: 0.01 })).toEqual(usual)
    expect(widthsFor(usual, sized(1000), { seconds: 3600 })).toEqual([32, 64, 128])
  })

  it('are left alone where no engine tells its peak', async () => {
    await useBackend('reference')
    expect(widthsFor(usual, sized(50_000), { seconds: 1e6 })).toEqual(usual)
  })
})
