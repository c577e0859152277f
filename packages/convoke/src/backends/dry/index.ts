// A backend that follows shapes and computes nothing: for counting what a network costs before there is memory for it.

import type { Backend, Buffer, Kernel, KernelName, KernelSpecs } from '../backend.ts'

/** One kernel that would have run. */
export interface DryRun<K extends KernelName = KernelName> {
  readonly kernel: Kernel<K>
  readonly spec: KernelSpecs[K]
  readonly inputs: readonly Buffer[]
  readonly outputs: readonly Buffer[]
}

/** Tells `watch` of every kernel. Reading is refused: there is nothing to read. */
export function createDryBackend(watch: (run: DryRun) => void = () => {}): Backend {
  return {
    name: 'dry',
    dry: true,
    allocate: (dtype, length) => ({ dtype, length }),
    write: () => {},
    read: () => Promise.reject(new Error('the dry backend holds no numbers')),
    release: () => {},
    run: (kernel, spec, inputs, outputs) => watch({ kernel, spec, inputs, outputs }),
  }
}
