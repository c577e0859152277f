// Who takes part: Convoke and its peers for one thread count. A peer that cannot be opened is left out with a reason.

import type { Contender, Family } from './contender.ts'
import { hasChoice, openConvoke } from './convoke.ts'
import { directLoopContender } from './direct-loop.ts'
import { openJax } from './peers/jax.ts'
import { openOnnxNode, openOnnxWeb } from './peers/onnx.ts'
import { openTfjsCpu, openTfjsWasm } from './peers/tfjs.ts'

export interface LineupOptions {
  readonly threads: number
  readonly families: readonly Family[]
  /** Also the peers that take minutes: jax-js, and TF.js's plain JavaScript backend where it trains. */
  readonly slowPeers: boolean
  /** Where a page finds the binaries of its peers; undefined in Node, where packages find their own. */
  readonly binaries?: { readonly onnxWeb: string; readonly tfjs: string } | undefined
}

export interface Lineup {
  readonly contenders: readonly Contender[]
  readonly absent: readonly string[]
}

type Opening = readonly [name: string, open: () => Contender | Promise<Contender>]

// Without Winograd and FFT: what the direct kernels reach where the planner would not pick them.
const exactNative = {
  family: 'native',
  role: 'variant',
  suffix: ' direct',
  precision: 'exact',
  enters: hasChoice,
} as const

function native(threads: number): Opening[] {
  const extra: Opening[] =
    threads === 1
      ? [
          ['convoke native direct', () => openConvoke({ ...exactNative, threads })],
          ['direct loop', () => directLoopContender],
        ]
      : [...new Set([1, Math.min(2, threads)])]
          .filter((count) => count !== threads)
          .map((count): Opening => {
            const suffix = ` ×${count}`
            const open = () => openConvoke({ family: 'native', threads: count, role: 'variant', suffix })
            return [`convoke native${suffix}`, open]
          })
  return [
    ['convoke native', () => openConvoke({ family: 'native', threads })],
    ...extra,
    ['onnxruntime-node', () => openOnnxNode(threads)],
  ]
}

function wasm({ threads, slowPeers, binaries }: LineupOptions): Opening[] {
  const slow: Opening[] = [
    ['tfjs cpu', openTfjsCpu],
    ['jax-js', openJax],
  ]
  return [
    ['convoke wasm', () => openConvoke({ family: 'wasm', threads })],
    ['tfjs wasm', () => openTfjsWasm(threads, binaries?.tfjs)],
    ['onnxruntime-web', () => openOnnxWeb(threads, binaries?.onnxWeb)],
    ...(slowPeers ? slow : []),
  ]
}

/** Opens everyone who can be. */
export async function openLineup(options: LineupOptions): Promise<Lineup> {
  const { threads, families } = options
  const openings = [
    ...(families.includes('native') ? native(threads) : []),
    ...(families.includes('wasm') ? wasm(options) : []),
  ]
  const contenders: Contender[] = []
  const absent: string[] = []
  for (const [name, open] of openings) {
    try {
      contenders.push(await open())
    } catch (error) {
      absent.push(`${name}: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`)
    }
  }
  return { contenders, absent }
}
