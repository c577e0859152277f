/// <reference types="node" />

// The engine on machine code: x86-64 with AVX2 or AVX-512, in Node.

import { ConvokeError, show } from '../../../../shapes/error.ts'
import { collectForgotten } from '../../../memory-pressure.ts'
import type { Target } from '../../program/index.ts'
import { assembleX64, type Convention, systemV, windows } from '../../x64/index.ts'
import { createArena } from '../arena.ts'
import { type Buffers, buffersOf } from '../buffers.ts'
import { callsThatFit, entryBytes, keepCalls, listsThatFit, putInt64, restoreCalls, writeCalls } from '../call-table.ts'
import { createCodeCache } from '../code-cache.ts'
import { messageOf } from '../platform/asked.ts'
import type { Platform } from '../platform/platform.ts'
import { kernelOf, type Runtime, type RuntimeOrReason } from '../runtime.ts'
import { createPool } from '../threads/pool.ts'
import { callPrototype, type Ffi, loadFfi } from './ffi.ts'
import { processorCode, runTableCode } from './machine-code.ts'
import { type Slab, slabHome, slabSource } from './memory.ts'
import { createPages, type Pages } from './pages.ts'
import { createPlacement, threadId } from './placement.ts'
import { inspectProcessor, type Processor, type ProcessorQuery } from './processor.ts'

export interface NativeOptions {
  /** Forces an instruction set; `CONVOKE_ISA` otherwise. */
  readonly isa?: string | undefined
  readonly threads?: number
  /** Bytes of executable memory before the least recently used kernels are dropped. */
  readonly codeBudget?: number
  /** How foreign functions are reached; tests give some that fail. */
  readonly loadFfi?: (() => Ffi) | undefined
  /** Where buffers come from; tests have some between pages that fault. */
  readonly buffers?: ((ffi: Ffi, pages: Pages) => Buffers) | undefined
}

const platforms: readonly string[] = ['linux', 'darwin', 'win32']

/** The address of an executable copy. */
function install(pages: Pages, code: Uint8Array): number {
  const address = pages.map(code.length)
  pages.copy(address, code)
  try {
    pages.seal(address, code.length)
  } catch (error) {
    pages.unmap(address, code.length)
    throw error
  }
  return address
}

function queryProcessor(ffi: Ffi, pages: Pages, convention: Convention): ProcessorQuery {
  const ask = ffi.callable(install(pages, processorCode(convention)))
  const registers = new Int32Array(4)
  const address = ffi.addressOf(registers)
  const query = (leaf: number, subleaf: number, extended: number) => {
    registers.set([leaf, 0, subleaf, 0])
    ask(address, extended)
    const [eax, ebx, ecx, edx] = registers
    return { eax, ebx, ecx, edx }
  }
  return { cpuid: (leaf, subleaf) => query(leaf, subleaf, 0), xcr0: () => query(0, 0, 1).eax }
}

function chooseTarget(processor: Processor, isa: string | undefined): Target | string {
  if (isa !== undefined && isa !== 'avx512' && isa !== 'avx2') {
    throw new ConvokeError(`CONVOKE_ISA is ${show(isa)}. Use avx512 or avx2, or leave it unset.`)
  }
  const target = isa === undefined ? processor.targets[0] : processor.targets.find(({ name }) => name === isa)
  const wanted = isa === undefined ? 'AVX2' : isa
  return (
    target ??
    `${processor.name || 'this processor'} does not support ${wanted} (missing: ${processor.missing.join(', ')})`
  )
}

interface Parts {
  readonly ffi: Ffi
  readonly pages: Pages
  readonly convention: Convention
  readonly processor: Processor
  readonly target: Target
  readonly options: NativeOptions
  readonly host: Platform
}

/** Room for the arguments of a few thousand calls; longer runs are cut. */
const tableCapacity = 2 ** 20

function createRuntime({ ffi, pages, convention, processor, target, options, host }: Parts): Runtime {
  const arena = createArena<Slab>(slabSource(ffi, host.memoryLimit(), host.addressesLeft), undefined, collectForgotten)
  const { allocate, free } = options.buffers?.(ffi, pages) ?? buffersOf(arena, slabHome)
  // A page holds one kernel: code that runs on another thread is never made writable again to add a neighbour.
  const cache = createCodeCache<number>(
    {
      sizeOf: ({ code }) => Math.ceil(code.length / pages.pageBytes) * pages.pageBytes,
      install: ({ code }) => install(pages, code),
      drop: pages.unmap,
    },
    options.codeBudget,
  )
  const runTable = install(pages, runTableCode(convention))
  const callTable = ffi.callable(runTable)
  const place = createPlacement(ffi)
  const cores = host.cores()
  const pool = createPool({
    threads: options.threads ?? Math.min(64, cores.count),
    problem: options.threads === undefined ? cores.unknown : undefined,
    withoutThreads: host.withoutThreads,
    executor: () => ({
      ...{ kind: 'native', koffi: ffi.path, prototype: callPrototype, runTable, entryBytes },
      threadId: place === undefined ? null : threadId,
    }),
    start: host.startWorker,
    mayWait: host.mayWait,
    place,
  })
  const table = allocate(tableCapacity, 'the call table')
  const { buffer, byteOffset } = table.uint8()
  const words = new Uint32Array(buffer, byteOffset, tableCapacity / 4)
  const tableMemory = { address: table.address, words, floats: new Float32Array(buffer, byteOffset, tableCapacity / 4) }

  return {
    name: 'native',
    target,
    machine: `${target.name} ${processor.name}`,
    choices: host.choices,
    description: () => {
      const threads = `${pool.threads()} thread${pool.threads() === 1 ? '' : 's'}`
      const parts = [target.name === 'avx512' ? 'AVX-512' : 'AVX2', threads, processor.name, pool.problem()]
      return parts.filter((part) => part !== undefined && part !== '').join(', ')
    },
    assemble: (program) => kernelOf(program, assembleX64(program, convention)),
    allocate,
    free,
    memory: arena.use,
    trim: arena.trim,
    run: (calls, own = [], kept, chain = 1) => {
      const lists = listsThatFit(calls, own, tableCapacity, chain)
      const alone = lists.length <= own.length
      const runHere = (first: number, some: number): void => callTable(table.address + first * entryBytes, some)
      const runWritten = (count: number): void =>
        alone
          ? runHere(0, count)
          : pool.run(table.address, count, runHere, own.length === 0 ? 0 : count * entryBytes, chain)
      cache.begin()
      if (kept !== undefined && !alone && restoreCalls(kept, tableMemory, cache.resolve)) {
        runWritten(calls.length)
        return
      }
      for (let start = 0; start < calls.length; ) {
        const count = callsThatFit(calls, start, tableCapacity, lists.length, alone ? 1 : chain)
        if (start > 0) cache.begin()
        const written = writeCalls(tableMemory, lists, start, count, (words, at, { kernel }) =>
          putInt64(words, at, cache.resolve(kernel)),
        )
        if (kept !== undefined && !alone && count === calls.length)
          keepCalls(kept, tableMemory, written, calls, cache.resolve)
        runWritten(count)
        start += count
      }
    },
    threads: pool.threads,
    setThreads: pool.setThreads,
    startThreads: pool.start,
    code: cache.use,
  }
}

/** The runtime on machine code, or why this machine has none. */
export function nativeRuntime(host: Platform, options: NativeOptions = {}): RuntimeOrReason {
  const { platform, arch } = process
  if (arch !== 'x64') return { reason: `machine code needs x86-64, and this is ${arch}` }
  if (typeof SharedArrayBuffer !== 'function') return { reason: 'this JavaScript engine has no SharedArrayBuffer' }
  if (!platforms.includes(platform)) return { reason: `machine code is not supported on ${platform}` }
  let ffi: Ffi
  try {
    ffi = (options.loadFfi ?? loadFfi)()
  } catch (error) {
    return { reason: `the FFI library koffi could not be used (${messageOf(error)})` }
  }
  try {
    const pages = createPages(ffi, platform)
    const convention = platform === 'win32' ? windows : systemV
    const processor = inspectProcessor(queryProcessor(ffi, pages, convention))
    const target = chooseTarget(processor, options.isa ?? (host.environment('CONVOKE_ISA') || undefined))
    if (typeof target === 'string') return { reason: target }
    return { runtime: createRuntime({ ffi, pages, convention, processor, target, options, host }) }
  } catch (error) {
    if (error instanceof ConvokeError && error.message.startsWith('CONVOKE_ISA')) throw error
    const message = messageOf(error)
    return { reason: error instanceof ConvokeError ? message : `machine code cannot be run here (${message})` }
  }
}
