/// <reference types="node" />

// What the engine takes from Node. Bundles for pages take browser.ts in its place (`imports` of package.json).

import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { createContext, runInNewContext, Script } from 'node:vm'
import { ConvokeError } from '../../../../shapes/error.ts'
import { nativeRuntime as createNative } from '../native/index.ts'
import type { RuntimeOrReason } from '../runtime.ts'
import type { StartWorker } from '../threads/pool.ts'
import { control, type WorkerData } from '../threads/protocol.ts'
import { workerMain } from '../threads/worker-main.ts'
import { coresOf, whyNotShared } from './asked.ts'
import { cpuQuota } from './cpu-quota.ts'
import { addressesLeft, memoryLimit } from './memory-limit.ts'
import { checkNodeVersion } from './node-version.ts'
import { leaveOutOwnFrames } from './own-frames.ts'
import { planFile } from './plan-file.ts'
import type { Cores, Platform } from './platform.ts'

checkNodeVersion(process.versions.node, typeof process.getBuiltinModule === 'function')

/** Some build tools wrap functions in a call to this helper, which the worker would not have. */
const keepNames = 'const __name = (f) => f;'

/** The words that each pool shares with its workers. */
const pools = new Set<WorkerData['words']>()
/** Loading takes a twentieth of it. */
const longestWait = 500

/**
 * A process that ends while a worker loads the FFI library is aborted by it, so the end waits for those that do: some tens
 * of milliseconds, and only for a process that ends that soon. Those that have not begun are told not to.
 */
function waitForLoading(): void {
  const end = performance.now() + longestWait
  for (const words of pools) {
    Atomics.store(words, control.stop, 1)
    for (;;) {
      const ready = Atomics.load(words, control.ready)
      if (ready >= Atomics.load(words, control.loading) || performance.now() > end) break
      sleep(words, ready)
    }
  }
}

/** Where this thread may not sleep it looks again at once. */
function sleep(words: WorkerData['words'], ready: number): void {
  try {
    Atomics.wait(words, control.ready, ready, 50)
  } catch {}
}

function addresses(): number {
  return process.platform === 'linux' ? addressesLeft(readText) : Number.POSITIVE_INFINITY
}

/** Bytes of addresses that a worker takes, most of them for its compiler. V8 ends the process where they are not to be had. */
const addressesOfWorker = 2 ** 30

const startWorker: StartWorker = (data, failed) => {
  // Those started before may not have taken theirs yet.
  if (addresses() < (data.number + 1) * addressesOfWorker)
    throw new ConvokeError('ulimit -v leaves too little address space')
  // The module itself takes shared memory when it is loaded, which an engine may refuse.
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const source = `${keepNames}(${workerMain.toString()})(require('node:worker_threads').workerData, require)`
  // The parent's flags may make the source an ES module, which it is not.
  const worker = new Worker(source, { eval: true, workerData: data, execArgv: [] })
  if (pools.size === 0) process.on('exit', waitForLoading)
  pools.add(data.words)
  let gone = false
  const end = (reason: string): void => {
    if (gone) return
    gone = true
    failed(reason)
  }
  worker.on('error', (error) => end(String(error)))
  worker.on('exit', (code) => end(`one ended with code ${code}`))
  worker.unref()
  return true
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** What `make` gives, or something that does nothing where it throws; made at the first call. */
function lazily(make: () => () => void): () => void {
  let made: (() => void) | undefined
  return () => {
    if (made === undefined) {
      try {
        made = make()
      } catch {
        made = () => {}
      }
    }
    made()
  }
}

/** A context whose microtasks end as soon as it has run: what weak references have looked at is kept until microtasks have. */
const endReferences = lazily(() => {
  const ended = createContext({}, { microtaskMode: 'afterEvaluate' })
  const nothing = new Script('0')
  return () => nothing.runInContext(ended)
})

/** V8's own collector, which scripts are given by a flag alone. */
const collect = lazily(() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})

function collectGarbage(): void {
  endReferences()
  collect()
}

/** Processors this process may use at once. */
function cores(): Cores {
  const found = coresOf(availableParallelism)
  return process.platform === 'linux' ? { ...found, count: Math.min(found.count, cpuQuota(readText)) } : found
}

/** Deno lets nobody read the environment without `--allow-env`: then nothing is asked for in it. */
function environment(name: string): string | undefined {
  try {
    return process.env[name]
  } catch {
    return undefined
  }
}

/** Infinity where the system does not say. */
function allMemory(): number {
  try {
    return totalmem()
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

leaveOutOwnFrames()

export const platform: Platform = {
  cores,
  ...{ collectGarbage, endReferences },
  addressesLeft: addresses,
  memoryLimit: () => (process.platform === 'linux' ? memoryLimit(readText, allMemory()) : allMemory()),
  environment,
  withoutThreads: whyNotShared(),
  mayWait: true,
  startWorker,
  choices: planFile(),
}

export const nativeRuntime = (): RuntimeOrReason => createNative(platform)
