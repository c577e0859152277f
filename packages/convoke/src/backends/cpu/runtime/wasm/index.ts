// The engine on WebAssembly: everywhere, in Node and in pages.

import { ConvokeError } from '../../../../shapes/error.ts'
import { collectForgotten } from '../../../memory-pressure.ts'
import { type Target, vectorProgram, wasm } from '../../program/index.ts'
import { assembleWasm, wasmTarget } from '../../wasm/index.ts'
import { createArena, type Region } from '../arena.ts'
import { buffersOf } from '../buffers.ts'
import {
  callsThatFit,
  entryBytes,
  keepCalls,
  listsThatFit,
  restoreCalls,
  type TableMemory,
  writeCalls,
} from '../call-table.ts'
import { createCodeCache } from '../code-cache.ts'
import { messageOf } from '../platform/asked.ts'
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

interface Memory {
  readonly memory: WebAssembly.Memory
  /** Why workers cannot see it, in words; undefined where they can. */
  readonly notShared: string | undefined
}

class Refused extends Error {}

const tableCapacity = 2 ** 20
/** What a compiled module and its instance take besides their code, roughly. */
const moduleBytes = 2 ** 13

function createRuntime(target: Target, given: Memory, platform: Platform, options: WasmOptions): Runtime {
  const { memory, notShared } = given
  const shared = notShared === undefined
  const cores = platform.cores()
  const arena = createArena<Region>(wasmSource(memory, platform.memoryLimit()), 0, collectForgotten)
  const { allocate, free } = buffersOf(arena, { memoryOf: () => memory.buffer, offsetOf: ({ address }) => address })
  const pool = createPool({
    threads: options.threads ?? Math.min(64, cores.count),
    problem: options.threads === undefined ? cores.unknown : undefined,
    withoutThreads: notShared,
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
        return { call: compile(kernel, memory), key: keys++, record: recordOf(kernel) }
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
    machine: `${target.name} ${cores.count}`,
    choices: platform.choices,
    description: () => {
      const threads = `${pool.threads()} thread${pool.threads() === 1 ? '' : 's'}`
      const parts = [
        `WebAssembly SIMD${target.fma ? ' with relaxed multiply-add' : ''}`,
        shared ? threads : `${threads} (${notShared})`,
        shared ? pool.problem() : undefined,
      ]
      return parts.filter((part) => part !== undefined).join(', ')
    },
    assemble: (program) => kernelOf(program, assembleWasm(program, shared)),
    allocate,
    free,
    memory: arena.use,
    trim: arena.trim,
    run: (calls, own = [], given, chain = 1) => {
      const lists = listsThatFit(calls, own, tableCapacity, chain)
      const alone = lists.length <= own.length
      const kept = alone ? undefined : given
      for (let start = 0; start < calls.length; ) {
        cache.begin()
        const whole = kept?.written !== undefined
        const count = whole ? calls.length : callsThatFit(calls, start, tableCapacity, lists.length, alone ? 1 : chain)
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
        if (alone) runHere(0, count)
        else pool.run(table.address, count, runHere, own.length === 0 ? 0 : count * entryBytes, chain)
        start += count
      }
    },
    threads: pool.threads,
    setThreads: (count) => {
      if (!shared && count !== 1) {
        throw new ConvokeError(`setThreads: ${count} threads cannot share memory here: ${notShared}.`)
      }
      pool.setThreads(count)
    },
    startThreads: pool.start,
    code: cache.use,
  }
}

function compile({ code }: Kernel, memory: WebAssembly.Memory): Installed['call'] {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { e: { m: memory } })
    return exports['f'] as Installed['call']
  } catch (error) {
    throw new ConvokeError(
      `The JavaScript engine refused to compile a kernel (${messageOf(error)}). Use another backend: backends() lists them.`,
    )
  }
}

/** The runtime on WebAssembly, or why this engine has none. */
export function wasmRuntime(platform: Platform, options: WasmOptions = {}): RuntimeOrReason {
  if (typeof WebAssembly !== 'object') return { reason: 'this JavaScript engine has no WebAssembly' }
  try {
    const best = wasmTarget()
    if (best === undefined) return { reason: 'this JavaScript engine has no WebAssembly SIMD' }
    const memory = memoryFor(platform)
    tryKernel(best, memory)
    return { runtime: createRuntime(options.strict ? wasm : best, memory, platform, options) }
  } catch (error) {
    const message = messageOf(error)
    if (error instanceof Refused) return { reason: message }
    // Engines reserve several GiB of addresses for any memory, however small.
    if (error instanceof RangeError || error instanceof ConvokeError) {
      const reason = `there is no room for a WebAssembly memory (${message})`
      return { reason: `${reason}: engines reserve 10 GiB of addresses for it. Allow the process more (ulimit -v)` }
    }
    return { reason: `WebAssembly cannot be used here (${message})` }
  }
}

/** A memory that workers see as well, or, where the engine gives none, one for this thread alone and the reason. */
function memoryFor({ withoutThreads }: Platform): Memory {
  if (withoutThreads !== undefined) return { memory: growableMemory(false), notShared: withoutThreads }
  try {
    return { memory: growableMemory(true), notShared: undefined }
  } catch (error) {
    const notShared = `this JavaScript engine refuses a WebAssembly memory that threads share (${messageOf(error)})`
    return { memory: growableMemory(false), notShared }
  }
}

/** Pages may forbid to compile, and engines be without a compiler: better said before the first kernel. */
function tryKernel(target: Target, { memory, notShared }: Memory): void {
  const program = vectorProgram('trial', target, (b) => b.store(b.pointer('y'), 0, b.zero()))
  const code = assembleWasm(program, notShared === undefined)
  try {
    new WebAssembly.Instance(new WebAssembly.Module(code), { e: { m: memory } })
  } catch (error) {
    throw new Refused(`compiling WebAssembly is refused here (${messageOf(error)})`)
  }
}
