/// <reference types="node" />

// What the engine takes from Node. Bundles for pages take browser.ts in its place (`imports` of package.json).

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { nativeRuntime as createNative } from '../native/index.ts'
import type { RuntimeOrReason } from '../runtime.ts'
import type { StartWorker } from '../threads/pool.ts'
import { workerMain } from '../threads/worker-main.ts'
import type { Platform } from './platform.ts'

/** Some build tools wrap functions in a call to this helper, which the worker would not have. */
const keepNames = 'const __name = (f) => f;'

const startWorker: StartWorker = (data, failed) => {
  const source = `${keepNames}(${workerMain.toString()})(require('node:worker_threads').workerData, require)`
  // The parent's flags may make the source an ES module, which it is not.
  const worker = new Worker(source, { eval: true, workerData: data, execArgv: [] })
  worker.on('error', (error) => failed(String(error)))
  worker.unref()
  return true
}

export const platform: Platform = {
  cores: availableParallelism,
  environment: (name) => process.env[name],
  withoutThreads: undefined,
  mayWait: true,
  startWorker,
}

export const nativeRuntime = (): RuntimeOrReason => createNative(platform)
