// Kernels by name: what the library does without, so that bundles hold only what is called.

import type { Kernel, KernelName } from '../../backend.ts'
import * as kernels from '../../kernels/index.ts'

const all = kernels as unknown as { readonly [K in KernelName]: Kernel<K> }

export const kernelNames = Object.keys(all) as KernelName[]

export const kernelNamed = <K extends KernelName>(name: K): Kernel<K> => all[name] as Kernel<K>

/** The loops that define a kernel. */
export const loopsOf = <K extends KernelName>(name: K): Kernel<K>['loops'] => kernelNamed(name).loops
