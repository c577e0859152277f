// The most that one core can do: multiply-adds on registers alone, as many independent ones as their latency hides.

import { smallestOf } from '../../shapes/extremes.ts'
import { type Program, type Target, vectorProgram } from './program/index.ts'
import type { Runtime } from './runtime/index.ts'

/** At most eight are in flight on current cores (two a cycle, four cycles each); 24 is what a kernel's tile holds. */
const accumulatorsOf = ({ vectorRegisters }: Target): number => (vectorRegisters >= 32 ? 24 : 12)

const peakProgram = (target: Target): Program =>
  vectorProgram('fma peak', target, (b) => {
    const [factor, addend] = [b.constant(0.999), b.constant(0.5)]
    const sums = Array.from({ length: accumulatorsOf(target) }, () => b.zero())
    b.loop(b.integer('turns'), () => {
      for (const sum of sums) b.fma(sum, factor, addend)
    })
    b.store(
      b.pointer('result'),
      0,
      sums.reduce((total, sum) => b.add(total, sum)),
    )
  })

/** About a millisecond, short of what an operating system lets a thread run. */
const turns = 100_000
const repeats = 9

/** GFLOP/s of one thread, the best of a few short runs: about 10 ms. */
export function measurePeak(runtime: Runtime): number {
  const kernel = runtime.assemble(peakProgram(runtime.target))
  const result = runtime.allocate(4 * runtime.target.lanes, 'the result of a measurement')
  try {
    const calls = [{ kernel, values: [turns, result.address] }]
    const times = Array.from({ length: repeats }, () => {
      const start = performance.now()
      runtime.run(calls)
      return performance.now() - start
    })
    return (2 * accumulatorsOf(runtime.target) * runtime.target.lanes * turns) / (smallestOf(times) * 1e6)
  } finally {
    runtime.free(result)
  }
}
