// What the processor can do, from CPUID and XCR0. Intel SDM volume 1, sections 14.3 and 15.2.

import { avx2, avx512, type Target } from '../../program/index.ts'
import { readCaches } from './caches.ts'

/** CPUID for a leaf and subleaf, or XCR0. */
export interface ProcessorQuery {
  readonly cpuid: (leaf: number, subleaf: number) => { eax: number; ebx: number; ecx: number; edx: number }
  readonly xcr0: () => number
}

export interface Processor {
  /** `AMD EPYC 9R14 96-Core Processor`, or empty. */
  readonly name: string
  /** The targets it and the operating system support, best first. */
  readonly targets: readonly Target[]
  /** Named features of AVX2 and AVX-512 that are missing, for people. */
  readonly missing: readonly string[]
}

const bit = (word: number, n: number): boolean => ((word >>> n) & 1) === 1

function brand({ cpuid }: ProcessorQuery): string {
  if (cpuid(0x80000000 | 0, 0).eax >>> 0 < 0x80000004) return ''
  const words = [2, 3, 4].flatMap((leaf) => {
    const { eax, ebx, ecx, edx } = cpuid(0x80000000 + leaf, 0)
    return [eax, ebx, ecx, edx]
  })
  const bytes = words.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24])
  return new TextDecoder().decode(Uint8Array.from(bytes.filter((byte) => byte !== 0))).trim()
}

export function inspectProcessor(query: ProcessorQuery): Processor {
  const highest = query.cpuid(0, 0).eax
  const one = query.cpuid(1, 0)
  const seven = highest >= 7 ? query.cpuid(7, 0) : { eax: 0, ebx: 0, ecx: 0, edx: 0 }
  const xcr0 = bit(one.ecx, 27) ? query.xcr0() : 0
  const stateOf = (mask: number): boolean => (xcr0 & mask) === mask
  const forAvx2 = {
    AVX2: bit(seven.ebx, 5),
    FMA: bit(one.ecx, 12),
    BMI2: bit(seven.ebx, 8),
    'the operating system saving ymm registers': stateOf(0x06),
  }
  const forAvx512 = {
    AVX512F: bit(seven.ebx, 16),
    AVX512DQ: bit(seven.ebx, 17),
    AVX512BW: bit(seven.ebx, 30),
    AVX512VL: bit(seven.ebx, 31),
    'the operating system saving zmm registers': stateOf(0xe6),
  }
  const lacking = (features: Readonly<Record<string, boolean>>) =>
    Object.keys(features).filter((name) => !features[name])
  const [without2, without512] = [lacking(forAvx2), lacking(forAvx512)]
  const kinds = without2.length > 0 ? [] : without512.length > 0 ? [avx2] : [avx512, avx2]
  const caches = readCaches(query)
  const targets = kinds.map((target) => Object.freeze({ ...target, caches }))
  return { name: brand(query), targets, missing: [...without2, ...without512] }
}
