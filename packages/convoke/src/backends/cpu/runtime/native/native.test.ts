import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { type Target, vectorProgram } from '../../program/index.ts'
import { argumentsFor } from '../../program/testing/arguments.ts'
import { instructionPrograms } from '../../program/testing/instruction-programs.ts'
import { checkProgram } from '../../testing/check-program.ts'
import { assembleX64, createAssembler, gpr, windows } from '../../x64/index.ts'
import { createKeptCalls } from '../call-table.ts'
import { platform } from '../platform/node.ts'
import { loadFfi } from './ffi.ts'
import { nativeRuntime } from './index.ts'
import { createPages } from './pages.ts'
import { inspectProcessor, type ProcessorQuery } from './processor.ts'

const isas = ['avx512', 'avx2'] as const
const runtimes = isas.map((isa) => [isa, nativeRuntime(platform, { isa, threads: 2 })] as const)
for (const [isa, found] of runtimes) {
  if ('reason' in found) console.warn(`Native code for ${isa} is not run: ${found.reason}.`)
}
const available = runtimes.flatMap(([isa, found]) => ('runtime' in found ? [{ isa, runtime: found.runtime }] : []))

describe.each(available)(
  'a program assembled for $isa computes what the interpreter does, between guard pages:',
  ({ runtime }) => {
    test.each(instructionPrograms(runtime.target))('$label', ({ program }) => {
      for (const seed of [1, 2, 3, 4]) checkProgram(program, argumentsFor(program, seed))
    })
  },
)

/** Workers come up in the background; runs before that are the calling thread's alone. */
const workersUp = () => new Promise((resolve) => setTimeout(resolve, 200))

/** y = scale · x over n vectors. */
const scaled = (target: Target, name = 'scaled', factor = 1) =>
  vectorProgram(name, target, (b) => {
    const [x, y, scale] = [b.pointer('x'), b.pointer('y'), b.mul(b.float('scale'), b.constant(factor))]
    b.loop(b.integer('n'), () => {
      b.store(y, 0, b.mul(scale, b.load(x)))
      b.advance(x, b.bytes)
      b.advance(y, b.bytes)
    })
  })

describe.skipIf(available.length === 0)('the native runtime', () => {
  const { runtime } = available[0]
  const { lanes } = runtime.target

  test('runs many calls on several threads with the same bits as on one', async () => {
    const kernel = runtime.assemble(scaled(runtime.target))
    const vectors = 64
    const [x, y] = [runtime.allocate(4 * lanes * vectors * 200), runtime.allocate(4 * lanes * vectors * 200)]
    x.float32().forEach((_, i, all) => {
      all[i] = Math.sin(i)
    })
    const calls = Array.from({ length: 200 }, (_, i) => {
      const at = 4 * lanes * vectors * i
      return { kernel, values: [x.address + at, y.address + at, 0.1 * i, vectors] }
    })
    runtime.setThreads(1)
    runtime.run(calls)
    const alone = y.float32().slice()
    for (const threads of [2, 3]) {
      runtime.setThreads(threads)
      runtime.run(calls)
      await workersUp()
      for (let turn = 0; turn < 300; turn++) {
        y.float32().fill(0)
        runtime.run(calls)
        expect(Buffer.compare(Buffer.from(y.float32().slice().buffer), Buffer.from(alone.buffer))).toBe(0)
      }
    }
    runtime.setThreads(2)
    runtime.free(x)
    runtime.free(y)
  })

  test('runs a chain of calls in order on one thread, in memory of its own, on as many as fit', async () => {
    const kernel = runtime.assemble(scaled(runtime.target))
    const chains = 300
    const [x, y, own] = [
      runtime.allocate(4 * lanes * chains),
      runtime.allocate(4 * lanes * chains),
      runtime.allocate(256),
    ]
    x.float32().fill(1)
    // x → a thread's own vector → the same again, twice → y: 2 · 3 · 5 · chain.
    const callsOf = (thread: number, links: number) =>
      Array.from({ length: chains }, (_, i) => {
        const [from, to, between] = [x.address + 4 * lanes * i, y.address + 4 * lanes * i, own.address + 64 * thread]
        const inside = Array.from({ length: links }, (_, j) => [between, between, j === 0 ? 3 : j === 1 ? 5 : 1, 1])
        return [[from, between, 2, 1], ...inside, [between, to, i, 1]].map((values) => ({ kernel, values }))
      }).flat()
    // 20,000 calls of 48 bytes are less than the table of calls for one thread, a chain of 30,000 more for two.
    for (const [threads, links, count] of [
      [1, 2, chains],
      [2, 2, chains],
      [2, 15_000, 2],
    ]) {
      runtime.setThreads(threads)
      const lists = Array.from({ length: threads }, (_, thread) => callsOf(thread, links).slice(0, count * (links + 2)))
      runtime.run(lists[0], lists.slice(1), undefined, links + 2)
      await workersUp()
      for (let turn = 0; turn < (links > 2 ? 1 : 100); turn++) {
        y.float32().fill(0)
        runtime.run(lists[0], lists.slice(1), undefined, links + 2)
        expect(Array.from(y.float32().subarray(0, lanes * count))).toEqual(
          Array.from({ length: lanes * count }, (_, i) => 30 * Math.floor(i / lanes)),
        )
      }
    }
    for (const buffer of [x, y, own]) runtime.free(buffer)
  })

  test('keeps executable memory within its budget over a thousand kernels, and runs dropped ones again', () => {
    const found = nativeRuntime(platform, { threads: 1, codeBudget: 2 ** 18 })
    if (!('runtime' in found)) throw new Error(found.reason)
    const small = found.runtime
    const [x, y] = [small.allocate(64), small.allocate(64)]
    x.float32().fill(2)
    const kernels = Array.from({ length: 1000 }, (_, i) => small.assemble(scaled(small.target, `scaled ${i}`, i)))
    for (const turn of [0, 1]) {
      kernels.forEach((kernel, i) => {
        small.run([{ kernel, values: [x.address, y.address, 1, 1] }])
        expect(y.float32()[0]).toBe(2 * i)
      })
      expect(small.code().used, `turn ${turn}`).toBeLessThanOrEqual(small.code().budget)
    }
  })

  test('runs calls as they were kept, with kernels that were dropped since and made again', () => {
    const found = nativeRuntime(platform, { threads: 1, codeBudget: 2 ** 15 })
    if (!('runtime' in found)) throw new Error(found.reason)
    const small = found.runtime
    const [x, y] = [small.allocate(64), small.allocate(128)]
    x.float32().fill(2)
    const calls = [3, 5].map((factor, i) => ({
      kernel: small.assemble(scaled(small.target, `kept ${i}`, factor)),
      values: [x.address, y.address + 64 * i, 1, 1],
    }))
    const kept = createKeptCalls()
    for (let turn = 0; turn < 4; turn++) {
      y.float32().fill(0)
      small.run(calls, [], kept)
      expect([y.float32()[0], y.float32()[16]]).toEqual([6, 10])
      expect(kept.written).toBeDefined()
      if (turn === 1) continue
      // More code than the budget holds, some of it where the kept kernels were.
      for (let i = 0; i < 20; i++) {
        const kernel = small.assemble(scaled(small.target, `between ${i}`, 100 + i))
        small.run([{ kernel, values: [x.address, y.address, 1, 1] }])
      }
    }
  })

  test('splits a run that has more calls than its table holds', () => {
    const kernel = runtime.assemble(scaled(runtime.target))
    const count = 40_000
    const [x, y] = [runtime.allocate(4 * lanes), runtime.allocate(4 * lanes * count)]
    x.float32().fill(1)
    runtime.run(
      Array.from({ length: count }, (_, i) => ({ kernel, values: [x.address, y.address + 4 * lanes * i, i, 1] })),
    )
    const result = y.float32()
    expect(result.every((value, i) => value === Math.floor(i / lanes))).toBe(true)
    runtime.free(x)
    runtime.free(y)
  })

  test('refuses what the machine cannot hold, with sizes', () => {
    expect(() => runtime.allocate(2 ** 50, 'a tensor')).toThrow(/out of memory: a tensor needs 1048576 GiB/)
  })

  test('holds more than 4 GiB in all', () => {
    const buffers = Array.from({ length: 5 }, () => runtime.allocate(2 ** 30))
    const last = buffers[4].float32()
    last[last.length - 1] = 5
    expect(last[last.length - 1]).toBe(5)
    expect(runtime.memory().used).toBeGreaterThan(5 * 2 ** 30)
    for (const buffer of buffers) runtime.free(buffer)
    runtime.trim()
  })

  test('checks the number of threads', () => {
    expect(() => runtime.setThreads(0)).toThrow('setThreads: 0 threads; it must be a whole number from 1 to 64.')
  })

  test('names an instruction set it does not know', () => {
    expect(() => nativeRuntime(platform, { isa: 'sse2' })).toThrow('CONVOKE_ISA is "sse2". Use avx512 or avx2')
  })
})

/**
 * `void shim(code, block)` in the System V convention: calls Windows code with known values in every register that it
 * must keep, and leaves what they are afterwards behind the block.
 */
function windowsShim(): Uint8Array {
  const { rbx, rbp, rcx, rsi, rdi } = gpr
  const asm = createAssembler()
  const at = (displacement: number) => ({ base: rbx, displacement })
  const saved = Array.from({ length: 10 }, (_, i) => 6 + i)
  for (const register of [rbx, rbp]) asm.push(register)
  asm.mov(rbx, rsi)
  asm.mov(rbp, rdi)
  for (const reg of saved) asm.vector('vbroadcastss', { width: 128, reg, rm: at(128 + 4 * (reg - 6)) })
  asm.movImmediate(rsi, 1111)
  asm.movImmediate(rdi, 2222)
  asm.mov(rcx, rbx)
  asm.call(rbp)
  asm.store(at(192), rsi)
  asm.store(at(200), rdi)
  for (const reg of saved) asm.vector('vmovupsStore', { width: 128, reg, rm: at(256 + 16 * (reg - 6)) })
  for (const register of [rbp, rbx]) asm.pop(register)
  asm.ret()
  return asm.finish()
}

describe.skipIf(process.platform === 'win32')('code for Windows', () => {
  const sum = (target: Target, count: number) =>
    vectorProgram('sum', target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      const all = Array.from({ length: count }, (_, i) => b.load(x, i * b.bytes))
      const places = Array.from({ length: 9 }, (_, i) => b.offset(y, 0 * i))
      for (const place of places) b.store(place, 0, all[0])
      b.store(
        y,
        0,
        all.slice(1).reduce((total, v) => b.add(total, v, total), all[0]),
      )
    })

  test.each(available)('takes its argument in rcx and keeps xmm6 to xmm15, rsi and rdi: $isa', ({ isa, runtime }) => {
    const count = isa === 'avx512' ? 30 : 15
    const ffi = loadFfi()
    const pages = createPages(ffi, process.platform)
    const install = (code: Uint8Array) => {
      const address = pages.map(code.length)
      pages.copy(address, code)
      pages.seal(address, code.length)
      return address
    }
    const kernel = install(assembleX64(sum(runtime.target, count), windows))
    const [block, data] = [runtime.allocate(1024), runtime.allocate(8192)]
    const [words, floats] = [new BigInt64Array(block.uint8().buffer, block.uint8().byteOffset, 128), block.float32()]
    const inputs = data.float32()
    inputs.forEach((_, i) => {
      inputs[i] = i % 7
    })
    words[0] = BigInt(data.address)
    words[1] = BigInt(data.address + 4096)
    for (let i = 0; i < 10; i++) floats[32 + i] = i + 0.5
    ffi.callable(install(windowsShim()))(kernel, block.address)
    const { lanes } = runtime.target
    const expected = Array.from({ length: count }, (_, i) => inputs[i * lanes]).reduce((a, b) => a + b)
    expect(inputs[1024]).toBe(expected)
    expect([words[24], words[25]]).toEqual([1111n, 2222n])
    expect([...floats.subarray(64, 104)]).toEqual(Array.from({ length: 40 }, (_, i) => Math.floor(i / 4) + 0.5))
    runtime.free(block)
    runtime.free(data)
  })
})

describe('a processor', () => {
  const query = (
    leaves: Record<number, Partial<ReturnType<ProcessorQuery['cpuid']>>>,
    xcr0: number,
  ): ProcessorQuery => ({
    cpuid: (leaf) => ({ eax: 0, ebx: 0, ecx: 0, edx: 0, ...leaves[leaf] }),
    xcr0: () => xcr0,
  })
  const features512 = (1 << 16) | (1 << 17) | (1 << 30) | (1 << 31)
  const features2 = (1 << 5) | (1 << 8)
  const leaves = { 0: { eax: 7 }, 1: { ecx: (1 << 27) | (1 << 12) }, 7: { ebx: features2 | features512 } }

  test('has AVX-512 only when the operating system keeps its registers', () => {
    expect(inspectProcessor(query(leaves, 0xe7)).targets.map(({ name }) => name)).toEqual(['avx512', 'avx2'])
    const older = inspectProcessor(query(leaves, 0x07))
    expect(older.targets.map(({ name }) => name)).toEqual(['avx2'])
    expect(older.missing).toEqual(['the operating system saving zmm registers'])
  })

  test('without FMA or XSAVE has neither, and says which', () => {
    const without = { ...leaves, 1: { ecx: 1 << 27 } }
    expect(inspectProcessor(query(without, 0xe7))).toMatchObject({ targets: [], missing: ['FMA'] })
    const noSave = { ...leaves, 1: { ecx: 1 << 12 } }
    expect(inspectProcessor(query(noSave, 0xe7)).targets).toEqual([])
  })
})

test.skipIf(process.platform !== 'linux' || available.length === 0)(
  'an access beyond a guarded buffer ends the process',
  () => {
    const script = `
    const koffi = require(${JSON.stringify(loadFfi().path)})
    const library = koffi.load(null)
    const mmap = library.func('int64_t mmap(int64_t a, size_t n, int p, int f, int d, int64_t o)')
    const mprotect = library.func('int mprotect(int64_t a, size_t n, int p)')
    const memset = library.func('int64_t memset(int64_t a, int v, size_t n)')
    const start = mmap(0, 8192, 3, 0x22, -1, 0)
    mprotect(start + 4096, 4096, 0)
    memset(start, 1, 4096)
    console.log('inside')
    memset(start + 4096, 1, 1)`
    const { signal, stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    expect({ signal, stdout }).toEqual({ signal: 'SIGSEGV', stdout: 'inside\n' })
  },
)

test('a large piece of native memory has a slab of about its own size, small ones share', ({ skip }) => {
  const found = nativeRuntime(platform, { threads: 1 })
  if (!('runtime' in found)) return skip(found.reason)
  const { runtime } = found
  const reservedBy = (bytes: number): number => {
    const before = runtime.memory().reserved
    runtime.allocate(bytes)
    return runtime.memory().reserved - before
  }
  reservedBy(2 ** 24)
  for (const bytes of [2 ** 24, 2 ** 24 + 64, 20 * 2 ** 20, 2 ** 26]) {
    expect(reservedBy(bytes)).toBeLessThanOrEqual(bytes + 2 ** 22)
  }
  expect(reservedBy(2 ** 12)).toBe(0)
})

test('native memory stays within what the platform grants, in words', ({ skip }) => {
  const found = nativeRuntime({ ...platform, memoryLimit: () => 2 ** 26 }, { threads: 1 })
  if (!('runtime' in found)) return skip(found.reason)
  expect(() => found.runtime.allocate(2 ** 26, 'a test')).toThrow(/out of memory: a test needs 64 MiB/)
  expect(found.runtime.allocate(2 ** 24).byteLength).toBe(2 ** 24)
})
