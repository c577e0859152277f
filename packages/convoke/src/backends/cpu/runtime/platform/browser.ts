// What the engine takes from a page. Free of Node's modules.

import type { RuntimeOrReason } from '../runtime.ts'
import type { StartWorker } from '../threads/pool.ts'
import { workerMain } from '../threads/worker-main.ts'
import { coresOf, whyNotShared } from './asked.ts'
import type { Platform } from './platform.ts'

export const nativeRuntime = (): RuntimeOrReason => ({ reason: 'machine code runs in Node only' })

/** Some build tools wrap functions in a call to this helper, which the worker would not have. */
const keepNames = 'const __name = (f) => f;'

function withoutThreads(): string | undefined {
  if (typeof Worker !== 'function') return 'workers are not available here'
  if (globalThis.crossOriginIsolated === true) return whyNotShared()
  return 'the page is not cross-origin isolated (serve it with COOP same-origin and COEP require-corp)'
}

const startWorker: StartWorker = (data, failed) => {
  const source = `${keepNames}onmessage = ({ data }) => (${workerMain.toString()})(data, undefined)`
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    const worker = new Worker(url)
    worker.onerror = (event) => failed(event.message || 'the page forbids workers from blobs')
    worker.postMessage(data)
    return true
  } catch {
    return false
  }
}

/** Bytes that the collector is made to see, and to see dropped. */
const pressureBytes = 2 ** 27

export const platform: Platform = {
  collectGarbage: () => {
    try {
      // Nothing touches it, so it takes addresses at most; engines weigh such buffers when they decide to collect.
      void new ArrayBuffer(pressureBytes)
    } catch {
      // Short of memory as it is.
    }
  },
  endReferences: undefined,
  addressesLeft: () => Number.POSITIVE_INFINITY,
  memoryLimit: () => Number.POSITIVE_INFINITY,
  cores: () => coresOf(() => globalThis.navigator?.hardwareConcurrency),
  environment: () => undefined,
  withoutThreads: withoutThreads(),
  mayWait: typeof document === 'undefined',
  startWorker,
  choices: undefined,
}
