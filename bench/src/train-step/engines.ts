// Who takes part in the comparison of training steps.

import type { Family } from '../contender.ts'
import { findPython, pytorchVariable } from '../peers/python.ts'
import type { Engine } from './measure.ts'
import { pytorchAdvice } from './pytorch.ts'

export interface Lineup {
  /** Convoke's first. */
  readonly engines: readonly Engine[]
  /** Who is not there, and why. */
  readonly absent: readonly string[]
}

/** Threads that steps are timed with where nothing is said: one and two, whose ratio is asked for, and every core. */
export const stepThreads = (cores: number): readonly number[] => [
  ...new Set([1, 2, cores].filter((count) => count <= cores)),
]

/** Throws `ConvokeError` when the Python that the environment names has no PyTorch. */
export function stepEngines(
  families: readonly Family[],
  threads: readonly number[],
  slowPeers: boolean,
  hasPyTorch = () => findPython('torch', pytorchVariable) !== undefined,
): Lineup {
  const own = families.flatMap((family) =>
    threads.map((count): Engine => ({ engine: `convoke ${family}`, threads: count })),
  )
  const tfjs: Engine[] = [{ engine: 'tfjs wasm', threads: 1 }]
  if (slowPeers) tfjs.push({ engine: 'tfjs cpu', threads: 1 })
  const native = families.includes('native')
  const found = native && hasPyTorch()
  const pytorch = (['PyTorch', 'PyTorch compiled'] as const).flatMap((engine) =>
    threads.map((count): Engine => ({ engine, threads: count })),
  )
  return {
    engines: [...own, ...(found ? pytorch : []), ...(families.includes('wasm') ? tfjs : [])],
    absent: native && !found ? [`PyTorch: ${pytorchAdvice}`] : [],
  }
}
