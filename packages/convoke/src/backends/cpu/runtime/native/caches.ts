// The caches of a core, from CPUID: leaf 4 of Intel's, 0x8000001D of AMD's, which has the same form. Intel SDM volume 2,
// CPUID; AMD APM volume 3, appendix E.4.15.

import { type Caches, usualCaches } from '../../program/index.ts'
import type { ProcessorQuery } from './processor.ts'

/** Sizes that a core of AVX2 machines can have; what a virtual machine says beyond them is not believed. */
const possible = { first: [16 * 1024, 256 * 1024], second: [128 * 1024, 8 * 1024 * 1024] } as const

const bits = (word: number, from: number, to: number): number => (word >>> from) & (2 ** (to - from + 1) - 1)

interface Found {
  readonly level: number
  readonly bytes: number
}

/** Data caches of a leaf; where more than the two threads of a core share one, a core's part of it. */
function cachesOfLeaf({ cpuid }: ProcessorQuery, leaf: number): Found[] {
  const found: Found[] = []
  for (let index = 0; index < 8; index++) {
    const { eax, ebx, ecx } = cpuid(leaf, index)
    const [none, instructions] = [0, 2]
    const type = bits(eax, 0, 4)
    if (type === none) break
    if (type === instructions) continue
    const [line, partitions, ways] = [bits(ebx, 0, 11) + 1, bits(ebx, 12, 21) + 1, bits(ebx, 22, 31) + 1]
    const cores = Math.max(1, (bits(eax, 14, 25) + 1) / 2)
    found.push({ level: bits(eax, 5, 7), bytes: (line * partitions * ways * ((ecx >>> 0) + 1)) / cores })
  }
  return found
}

/**
 * The caches of the processor, or the usual ones where it does not tell. Those, too, where its cores are of two kinds: the
 * results of a run must not depend on which of them it began on.
 */
export function readCaches(query: ProcessorQuery): Caches {
  const highest = query.cpuid(0, 0).eax
  const highestExtended = query.cpuid(0x80000000 | 0, 0).eax >>> 0
  const hybrid = highest >= 7 && bits(query.cpuid(7, 0).edx, 15, 15) === 1
  if (hybrid) return usualCaches
  const intel = highest >= 4 ? cachesOfLeaf(query, 4) : []
  const found = intel.length > 0 || highestExtended < 0x8000001d ? intel : cachesOfLeaf(query, 0x8000001d | 0)
  const size = (level: number, [least, most]: readonly [number, number], usual: number): number => {
    const bytes = found.find((cache) => cache.level === level)?.bytes ?? 0
    return bytes >= least && bytes <= most ? bytes : usual
  }
  return Object.freeze({
    first: size(1, possible.first, usualCaches.first),
    second: size(2, possible.second, usualCaches.second),
  })
}
