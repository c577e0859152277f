// The network between ranks: as typed, as measured, or as assumed.

import type { Network } from 'convoke/scale'
import { probeNetwork } from 'convoke/scale'
import { show } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import type { Ranks } from '../ranks/ranks.ts'

export interface NetworkText {
  readonly bandwidth?: string
  readonly latency?: string
}

/** What is taken of a network of which nothing is known: 10 Gbit/s Ethernet. */
const usual = { bandwidth: 10e9 / 8, latency: 20e-6 }

const bits: Readonly<Record<string, number>> = {
  ...{ kbit: 1e3 / 8, Mbit: 1e6 / 8, Gbit: 1e9 / 8, Tbit: 1e12 / 8 },
  ...{ kB: 1e3, MB: 1e6, GB: 1e9 },
}

/** 10Gbit, 1.2GB/s as bytes a second. */
function readBandwidth(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?) *(kbit|Mbit|Gbit|Tbit|kB|MB|GB)(?:\/s)?$/.exec(text.trim())
  if (match === null || Number(match[1]) === 0)
    throw new UsageError(`--bandwidth is ${show(text)}; give what a rank sends in a second: 10Gbit, 250Mbit, 1.2GB.`)
  return Number(match[1]) * bits[match[2]]
}

/** 20us, 0.5ms as seconds. */
function readLatency(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?) *(ns|us|µs|ms|s)$/.exec(text.trim())
  if (match === null) throw new UsageError(`--latency is ${show(text)}; give the time of a short message: 20us, 0.5ms.`)
  return Number(match[1]) * ({ ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1 }[match[2]] as number)
}

export interface GivenNetwork {
  readonly bandwidth: number | undefined
  readonly latency: number | undefined
}

/** What was typed. Throws `UsageError` for what is no such quantity. */
export const readNetwork = ({ bandwidth, latency }: NetworkText): GivenNetwork => ({
  bandwidth: readBandwidth(bandwidth),
  latency: readLatency(latency),
})

export interface KnownNetwork extends Network {
  /** Where each comes from. */
  readonly from: Readonly<Record<'latency' | 'bandwidth', 'given' | 'measured' | 'assumed'>>
}

/** What is given stands; the rest is measured between several ranks, and assumed on one. */
export async function networkOf(ranks: Ranks, given: GivenNetwork): Promise<KnownNetwork> {
  const measured = ranks.size > 1 ? await probeNetwork(ranks) : null
  const { latency = measured?.latency ?? usual.latency, bandwidth = measured?.bandwidth ?? usual.bandwidth } = given
  const sourceOf = (name: 'latency' | 'bandwidth') =>
    given[name] !== undefined ? 'given' : measured !== null ? 'measured' : 'assumed'
  const from = { latency: sourceOf('latency'), bandwidth: sourceOf('bandwidth') } as const
  return { latency, bandwidth, work: measured?.work ?? 0, from }
}
