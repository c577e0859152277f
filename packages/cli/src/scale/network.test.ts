import { expect, it } from 'vitest'
import { readNetwork } from './network.ts'

it('reads what a rank sends in a second, in bits and in bytes', () => {
  const bandwidthOf = (bandwidth: string) => readNetwork({ bandwidth }).bandwidth
  expect(bandwidthOf('10Gbit')).toBe(1.25e9)
  expect(bandwidthOf('100 Mbit/s')).toBe(12.5e6)
  expect(bandwidthOf('1.2GB')).toBe(1.2e9)
  for (const wrong of ['10', '10gb', 'fast', '0Gbit', '-1Gbit'])
    expect(() => bandwidthOf(wrong), wrong).toThrow(/--bandwidth is/)
})

it('reads the time of a short message', () => {
  const latencyOf = (latency: string) => readNetwork({ latency }).latency
  expect(latencyOf('20us')).toBeCloseTo(2e-5, 15)
  expect(latencyOf('20µs')).toBeCloseTo(2e-5, 15)
  expect(latencyOf('0.5ms')).toBeCloseTo(5e-4, 15)
  for (const wrong of ['20', 'us', '-1us', '1 min']) expect(() => latencyOf(wrong), wrong).toThrow(/--latency is/)
  expect(readNetwork({})).toEqual({ bandwidth: undefined, latency: undefined })
})
