// What work holds of the JavaScript heap: objects that are alive, not the garbage that happens to lie there.

import { GCProfiler, setFlagsFromString } from 'node:v8'
import { platform } from '#platform'

/** Bytes of the heap in use once it has been collected. */
export function heapInUse(): number {
  platform.collectGarbage()
  return process.memoryUsage().heapUsed
}

/**
 * Bytes of the JavaScript heap that `work` held beyond what was in use before it: after each full collection that V8
 * made during it, and after one at its end. What `work` returns is alive at that time.
 */
export function heapHeldBy<Result>(work: () => Result): { readonly result: Result; readonly bytes: number } {
  // Marking in steps takes for alive all that is allocated between its first step and its last.
  setFlagsFromString('--no-incremental-marking')
  const before = heapInUse()
  const profiler = new GCProfiler()
  profiler.start()
  const held: number[] = []
  try {
    const result = work()
    held.push(heapInUse())
    const full = profiler.stop().statistics.filter(({ gcType }) => gcType !== 'Scavenge')
    held.push(...full.map(({ afterGC }) => afterGC.heapStatistics.usedHeapSize))
    return { result, bytes: Math.max(...held) - before }
  } finally {
    profiler.stop()
    setFlagsFromString('--incremental-marking')
  }
}
