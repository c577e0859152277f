// The engine on WebAssembly: everywhere, in Node and in pages.

import { ConvokeError } from '../../../../shapes/error.ts'
import { collectForgotten } from '../../../memory-pressure.ts'
import { type Target, vectorProgram, wasm } from '../../program/index.ts'
import { assembleWasm, wasmTarget } from '../../wasm/index.ts'
import { createArena, type Region } from '../arena.ts'
import { buffersOf } from '../buffers.ts'
import { callsThatFit, entryBytes, keepCalls, restoreCalls, type TableMemory, writeCalls } from '../call-table.ts'
import { createCodeCache } from '../code-cache.ts'
import type { Platform } from '../platform/platform.ts'
import { type Buffer, type Kernel, kernelOf, type Runtime, type RuntimeOrReason } from '../runtime.ts'
import { createPool } from '../threads/pool.ts'
import { growableMemory, wasmSource } from './memory.ts'

export interface WasmOptions {
  readonly threads?: number
  readonly codeBudget?: number
  /** Without relaxed multiply-adds, whose rounding depends on the machine. */
  readonly strict?: boolean
}

interface Installed {
  readonly call: (block: number) => void
  /** Names this installation for the workers, which keep functions by it; never used again. */
  readonly key: number
  /** The module's length and bytes, where workers find them. */
  readonly record: Buffer | undefined
}

const tableCapacity = 2 ** 20
/** What a compiled module and its instance take besides their code, roughly. */
const moduleBytes = 2 ** 13

function createRuntime(target: Target, platform: Platform, options: WasmOptions): Runtime {
  const shared = platform.withoutThreads === undefined
  const memory = growableMemory(shared)
  const arena = createArena<Region>(wasmSource(memory, platform.memoryLimit()), 0, collectForgotten)
  const { allocate, free } = buffersOf(arena, { memoryOf: () => memory.buffer, offsetOf: ({ address }) => address })
  const pool = createPool({
    threads: shared ? (options.threads ?? Math.min(64, platform.cores())) : 1,
    executor: () => ({ kind: 'wasm', memory, entryBytes }),
    start: platform.startWorker,
    mayWait: platform.mayWait,
  })

  let keys = 0
  const recordOf = ({ code }: Kernel): Buffer | undefined => {
    if (!shared) return undefined
    const record = allocate(8 + code.length, 'a kernel')
    record.int32()[0] = code.length
    record.uint8().set(code, 8)
    return record
  }
  const cache = createCodeCache<Installed>(
    {
      sizeOf: ({ code }) => code.length + moduleBytes,
      install: (kernel) => {
        const instance = new WebAssembly.Instance(new WebAssembly.Module(kernel.code), { e: { m: memory } })
        return { call: instance.exports['f'] as Installed['call'], key: keys++, record: recordOf(kernel) }
      },
      drop: ({ record }) => {
        if (record !== undefined) free(record)
      },
    },
    options.codeBudget,
  )
  const table = allocate(tableCapacity, 'the call table')
  const tableView = (): TableMemory => ({
    address: table.address,
    words: new Uint32Array(memory.buffer, table.address, tableCapacity / 4),
    floats: new Float32Array(memory.buffer, table.address, tableCapacity / 4),
  })
  let tableMemory = tableView()

  return {
    name: 'wasm',
    target,
    machine: `${target.name} ${platform.cores()}`,
    choices: platform.choices,
    description: () => {
      const threads = `${pool.threads()} thread${pool.threads() === 1 ? '' : 's'}`
      const why = platform.withoutThreads === undefined ? '' : ` (${platform.withoutThreads})`
      const parts = [
        `WebAssembly SIMD${target.fma ? ' with relaxed multiply-add' : ''}`,
        `${threads}${why}`,
        pool.problem(),
      ]
      return parts.filter((part) => part !== undefined).join(', ')
    },
    assemble: (program) => kernelOf(program, assembleWasm(program, shared)),
    allocate,
    free,
    memory: arena.use,
    trim: arena.trim,
    run: (calls, own = [], kept) => {
      const lists = [calls, ...own]
      for (let start = 0; start < calls.length; ) {
        cache.begin()
        const whole = kept?.written !== undefined
        const count = whole ? calls.length : callsThatFit(calls, start, tableCapacity, lists.length)
        const installed = Array.from({ length: count }, (_, i) => cache.resolve(calls[start + i].kernel))
        // Memory that has grown has another buffer.
        if (tableMemory.words.buffer !== memory.buffer) tableMemory = tableView()
        const { words } = tableMemory
        if (kept === undefined || !restoreCalls(kept, tableMemory, cache.resolve)) {
          const written = writeCalls(tableMemory, lists, start, count, (_, at, _call, i) => {
            words[at] = installed[i].key
            words[at + 1] = installed[i].record?.address ?? 0
          })
          if (kept !== undefined && count === calls.length) keepCalls(kept, tableMemory, written, calls, cache.resolve)
        }
        const runHere = (first: number, some: number): void => {
          for (let i = first; i < first + some; i++) installed[i].call(words[(i * entryBytes) / 4 + 2])
        }
        pool.run(table.address, count, runHere, own.length === 0 ? 0 : count * entryBytes)
        start += count
      }
    },
    threads: pool.threads,
    setThreads: (count) => {
      if (!shared && count !== 1) {
        throw new ConvokeError(`setThreads: ${count} threads cannot share memory here: ${platform.withoutThreads}.`)
      }
      pool.setThreads(count)
    },
    code: cache.use,
  }
}

/** The runtime on WebAssembly, or why this engine has none. */
export function wasmRuntime(platform: Platform, options: WasmOptions = {}): RuntimeOrReason {
  const best = supported()
  if (typeof best === 'string') return { reason: best }
  if (best === undefined) return { reason: 'this JavaScript engine has no WebAssembly SIMD' }
  const target = options.strict ? wasm : best
  try {
    return { runtime: createRuntime(target, platform, options) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // Engines reserve several GiB of addresses for any memory, however small.
    if (error instanceof RangeError || error instanceof ConvokeError) {
      const reason = `there is no room for a WebAssembly memory (${message})`
      return { reason: `${reason}: engines reserve 10 GiB of addresses for it. Allow the process more (ulimit -v)` }
    }
    return { reason: `WebAssembly cannot be used here (${message.replace(/\.$/, '')})` }
  }
}

/** What this engine runs, or why it runs nothing: pages may forbid to compile, and engines be without a compiler. */
function supported(): Target | undefined | string {
  if (typeof WebAssembly !== 'object') return 'this JavaScript engine has no WebAssembly'
  try {
    const target = wasmTarget()
    if (target !== undefined) {
      const program = vectorProgram('trial', target, (b) => b.store(b.pointer('y'), 0, b.zero()))
      new WebAssembly.Module(assembleWasm(program, false))
    }
    return target
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return `compiling WebAssembly is refused here (${message.replace(/\.$/, '')})`
  }
}
