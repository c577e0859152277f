import { describe, expect, test } from 'vitest'
import { usualCaches } from '../../program/index.ts'
import { platform } from '../platform/node.ts'
import { readCaches } from './caches.ts'
import { nativeRuntime } from './index.ts'
import type { ProcessorQuery } from './processor.ts'

type Registers = ReturnType<ProcessorQuery['cpuid']>

/** A processor with these leaves; a list has one entry a subleaf. */
const processor = (leaves: Readonly<Record<number, readonly Partial<Registers>[]>>): ProcessorQuery => ({
  cpuid: (leaf, subleaf) => ({ eax: 0, ebx: 0, ecx: 0, edx: 0, ...leaves[leaf >>> 0]?.[subleaf] }),
  xcr0: () => 0,
})

/** A cache as CPUID writes it: type 1 data, 2 instructions, 3 both; lines of 64 bytes. */
const cache = (type: number, level: number, threads: number, ways: number, sets: number): Partial<Registers> => ({
  eax: type | (level << 5) | ((threads - 1) << 14),
  ebx: 63 | ((ways - 1) << 22),
  ecx: sets - 1,
})

const highest = (leaf: number): readonly Partial<Registers>[] => [{ eax: leaf }]

describe('the caches of a processor', () => {
  test('are those of leaf 4, without the one for instructions', () => {
    const server = [cache(1, 1, 2, 12, 64), cache(2, 1, 2, 8, 64), cache(3, 2, 2, 16, 2048), cache(3, 3, 64, 15, 65536)]
    expect(readCaches(processor({ 0: highest(7), 4: server }))).toEqual({ first: 48 * 1024, second: 2048 * 1024 })
  })

  test('are those of leaf 0x8000001D where leaf 4 is empty', () => {
    const lists = [cache(1, 1, 2, 8, 64), cache(2, 1, 2, 8, 64), cache(3, 2, 2, 8, 1024)]
    const older = { 0: highest(16), 2147483648: highest(0x80000020 | 0), 2147483677: lists }
    expect(readCaches(processor(older))).toEqual({ first: 32 * 1024, second: 512 * 1024 })
    expect(readCaches(processor({ ...older, 2147483648: highest(0x80000008 | 0) }))).toEqual(usualCaches)
  })

  test('that several cores share are counted in parts', () => {
    const cluster = [cache(1, 1, 2, 8, 64), cache(3, 2, 8, 16, 2048)]
    expect(readCaches(processor({ 0: highest(7), 4: cluster }))).toEqual({ first: 32 * 1024, second: 512 * 1024 })
  })

  test('are the usual ones where nothing is told, or nonsense, or cores are of two kinds', () => {
    expect(readCaches(processor({}))).toEqual(usualCaches)
    const nonsense = [cache(1, 1, 1, 1, 1), cache(3, 2, 2, 1024, 2 ** 20)]
    expect(readCaches(processor({ 0: highest(7), 4: nonsense }))).toEqual(usualCaches)
    const small = [cache(1, 1, 2, 8, 64), cache(3, 2, 2, 4, 1024)]
    const hybrid = { 0: highest(7), 4: small, 7: [{ edx: 1 << 15 }] }
    expect(readCaches(processor(hybrid))).toEqual(usualCaches)
    expect(readCaches(processor({ ...hybrid, 7: [{}] }))).toEqual({ first: 32 * 1024, second: 256 * 1024 })
  })

  test('of this machine are possible sizes', () => {
    const found = nativeRuntime(platform, { threads: 1 })
    if ('reason' in found) return console.warn(`Not tested: ${found.reason}.`)
    const { first, second } = found.runtime.target.caches
    expect([first % 1024, second % 1024]).toEqual([0, 0])
    expect(first).toBeLessThan(second)
  })
})
