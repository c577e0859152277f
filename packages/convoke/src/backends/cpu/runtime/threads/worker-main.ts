// What a worker thread does, as one self-contained function: its source text is what the worker is started with, so that
// no separate file has to be found, whether the library runs from sources, from a package or from a bundle.

import type { WorkerData } from './protocol.ts'

interface WorkerKoffi {
  readonly load: (library: null) => { readonly func: (prototype: string) => () => number }
  readonly proto: (prototype: string) => unknown
  readonly decode: (address: bigint, type: unknown) => (table: number, count: number) => void
}

/** Runs until told to stop. Refers to nothing outside itself but the platform's globals. */
export function workerMain(data: WorkerData, require: ((path: string) => unknown) | undefined): void {
  const { words, names, executor } = data

  const nativeRun = (kind: Extract<typeof executor, { kind: 'native' }>) => {
    const koffi = require?.(kind.koffi) as WorkerKoffi
    // Without this, koffi's first call on a thread other than the main one ends the process.
    const library = koffi.load(null)
    if (kind.threadId !== null) Atomics.store(words, names.threadIds + data.number, library.func(kind.threadId)())
    const call = koffi.decode(BigInt(kind.runTable), koffi.proto(kind.prototype))
    return (table: number, first: number, end: number) => {
      call(table + first * kind.entryBytes, end - first)
      return end
    }
  }

  const wasmRun = (kind: Extract<typeof executor, { kind: 'wasm' }>) => {
    const functions = new Map<number, (block: number) => void>()
    // Keys are never used twice, so old ones are dead weight.
    const most = 4096
    const functionOf = (view: DataView, entry: number): ((block: number) => void) => {
      const key = view.getUint32(entry, true)
      const known = functions.get(key)
      if (known !== undefined) return known
      const record = view.getUint32(entry + 4, true)
      const bytes = new Uint8Array(kind.memory.buffer, record + 8, view.getUint32(record, true)).slice()
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { m: kind.memory } })
      const kernel = instance.exports['f'] as (block: number) => void
      if (functions.size >= most) functions.clear()
      functions.set(key, kernel)
      return kernel
    }
    return (table: number, first: number, end: number) => {
      const view = new DataView(kind.memory.buffer)
      for (let i = first; i < end; i++) {
        const entry = table + i * kind.entryBytes
        let kernel: ReturnType<typeof functionOf>
        try {
          kernel = functionOf(view, entry)
        } catch {
          return i
        }
        kernel(view.getUint32(entry + 8, true))
      }
      return end
    }
  }

  /** Runs calls `first` … `end − 1`; returns the first that it could not begin, `end` where there is none. */
  type Run = (table: number, first: number, end: number) => number

  const start = (): Run | undefined => {
    Atomics.add(words, names.loading, 1)
    try {
      if (Atomics.load(words, names.stop) !== 0) return undefined
      return executor.kind === 'native' ? nativeRun(executor) : wasmRun(executor)
    } finally {
      Atomics.add(words, names.ready, 1)
      Atomics.notify(words, names.ready)
    }
  }
  const run = start()
  if (run === undefined) return

  const takeCalls = (): void => {
    const total = Atomics.load(words, names.total)
    const threads = Atomics.load(words, names.limit) + 1
    const own = data.number + 1
    const grain = Atomics.load(words, names.grain)
    const chain = Atomics.load(words, names.chain)
    const shared = (Atomics.load(words, names.tableLow) >>> 0) + Atomics.load(words, names.tableHigh) * 2 ** 32
    const table = shared + Atomics.load(words, names.ownBytes) * own
    for (let i = own; i < own + threads; i++) {
      const part = i % threads
      const end = Math.floor((total * (part + 1)) / threads)
      for (;;) {
        const first = Atomics.add(words, names.next + part, grain)
        if (first >= end) break
        const stop = Math.min(end, first + grain) * chain
        const done = run(table, first * chain, stop)
        if (done === stop) continue
        // Of a chain that has begun, what it wrote may lie in this thread's memory: it is begun again.
        const whole = done - (done % chain)
        Atomics.store(words, names.returnedFirst + data.number, whole)
        Atomics.store(words, names.returnedCount + data.number, stop - whole)
        Atomics.add(words, names.returned, 1)
        return
      }
    }
  }

  let seen = 0
  for (;;) {
    let left = data.spins
    while (Atomics.load(words, names.generation) === seen) {
      if (left-- > 0) continue
      Atomics.add(words, names.sleepers, 1)
      Atomics.wait(words, names.generation, seen)
      Atomics.sub(words, names.sleepers, 1)
    }
    if (Atomics.load(words, names.stop) !== 0) return
    seen = Atomics.load(words, names.generation)
    Atomics.add(words, names.active, 1)
    try {
      if (Atomics.load(words, names.open) === 1 && data.number < Atomics.load(words, names.limit)) takeCalls()
    } catch {
      Atomics.store(words, names.failed, 1)
    }
    if (Atomics.sub(words, names.active, 1) === 1) Atomics.notify(words, names.active)
  }
}
