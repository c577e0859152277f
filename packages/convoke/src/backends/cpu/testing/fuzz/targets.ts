// The engine on every target this machine has, and the reason for those it has not.

import { ConvokeError } from '../../../../shapes/error.ts'
import { type CpuBackend, createCpuBackend } from '../../backend.ts'
import { nativeRuntime } from '../../runtime/native/index.ts'
import { platform } from '../../runtime/platform/node.ts'
import type { RuntimeOrReason } from '../../runtime/runtime.ts'
import { wasmRuntime } from '../../runtime/wasm/index.ts'
import { wasmTarget } from '../../wasm/index.ts'
import { type Guard, guardedBuffers } from '../guarded-memory.ts'

export const targetNames = ['native-avx512', 'native-avx2', 'wasm', 'wasm-relaxed'] as const
export type TargetName = (typeof targetNames)[number]

function relaxed(threads: number): RuntimeOrReason {
  if (wasmTarget()?.fma) return wasmRuntime(platform, { threads })
  return { reason: 'this JavaScript engine has no relaxed SIMD' }
}

/** With `guard`, every buffer lies flush against a page that faults. */
function native(isa: string, threads: number, guard: Guard | undefined): RuntimeOrReason {
  return nativeRuntime(platform, { isa, threads, buffers: guard === undefined ? undefined : guardedBuffers(guard) })
}

const unguarded: RuntimeOrReason = { reason: 'a WebAssembly memory has no guard pages inside' }

const makers: Readonly<Record<TargetName, (threads: number, guard: Guard | undefined) => RuntimeOrReason>> = {
  'native-avx512': (threads, guard) => native('avx512', threads, guard),
  'native-avx2': (threads, guard) => native('avx2', threads, guard),
  wasm: (threads, guard) => (guard === undefined ? wasmRuntime(platform, { threads, strict: true }) : unguarded),
  'wasm-relaxed': (threads, guard) => (guard === undefined ? relaxed(threads) : unguarded),
}

export interface FuzzTarget {
  readonly name: TargetName
  /** The same target on one thread and on two: their results are the same to the bit. */
  readonly backends: readonly [CpuBackend, CpuBackend]
}

export interface FuzzTargets {
  readonly targets: readonly FuzzTarget[]
  /** One line a target that is missing here. */
  readonly missing: readonly string[]
}

/** Opens `wanted`. Throws `ConvokeError` when there is none of them. */
export function openTargets(wanted: readonly TargetName[], guard?: Guard): FuzzTargets {
  const targets: FuzzTarget[] = []
  const missing: string[] = []
  for (const name of wanted) {
    const [one, two] = [makers[name](1, guard), makers[name](2, guard)]
    if ('reason' in one) missing.push(`${name} is not tested: ${one.reason}`)
    else if ('runtime' in two) {
      targets.push({ name, backends: [createCpuBackend(one.runtime), createCpuBackend(two.runtime)] })
    }
  }
  if (targets.length === 0) throw new ConvokeError(`fuzz: there is nothing to test here. ${missing.join('. ')}.`)
  return { targets, missing }
}
