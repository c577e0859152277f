// The engine on every target this machine has, and the reason for those it has not.

import { ConvokeError } from '../../../../shapes/error.ts'
import { type CpuBackend, createCpuBackend } from '../../backend.ts'
import { nativeRuntime } from '../../runtime/native/index.ts'
import { platform } from '../../runtime/platform/node.ts'
import type { RuntimeOrReason } from '../../runtime/runtime.ts'
import { wasmRuntime } from '../../runtime/wasm/index.ts'
import { wasmTarget } from '../../wasm/index.ts'

export const targetNames = ['native-avx512', 'native-avx2', 'wasm', 'wasm-relaxed'] as const
export type TargetName = (typeof targetNames)[number]

function relaxed(threads: number): RuntimeOrReason {
  if (wasmTarget()?.fma) return wasmRuntime(platform, { threads })
  return { reason: 'this JavaScript engine has no relaxed SIMD' }
}

const makers: Readonly<Record<TargetName, (threads: number) => RuntimeOrReason>> = {
  'native-avx512': (threads) => nativeRuntime(platform, { isa: 'avx512', threads }),
  'native-avx2': (threads) => nativeRuntime(platform, { isa: 'avx2', threads }),
  wasm: (threads) => wasmRuntime(platform, { threads, strict: true }),
  'wasm-relaxed': relaxed,
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
export function openTargets(wanted: readonly TargetName[]): FuzzTargets {
  const targets: FuzzTarget[] = []
  const missing: string[] = []
  for (const name of wanted) {
    const [one, two] = [makers[name](1), makers[name](2)]
    if ('reason' in one) missing.push(`${name} is not tested: ${one.reason}`)
    else if ('runtime' in two) {
      targets.push({ name, backends: [createCpuBackend(one.runtime), createCpuBackend(two.runtime)] })
    }
  }
  if (targets.length === 0) throw new ConvokeError(`fuzz: there is nothing to test here. ${missing.join('. ')}.`)
  return { targets, missing }
}
