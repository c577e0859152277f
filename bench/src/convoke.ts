// Convoke as a contender: forward through its public ops, as a user calls them; training through the three kernels of
// the backend contract, because a given output gradient is what the other engines are timed with too.

import { type Buffer, ConvokeError, conv, convTranspose, currentBackend, kernels, tensor, useBackend } from 'convoke'
import type { Contender, Family, Prepared, Role } from './contender.ts'
import { checkBackend, engine, type Plan, type PlanOptions } from './convoke-engine.ts'
import type { Workload } from './workload.ts'

interface ConvokeSetting {
  readonly family: Family
  readonly threads: number
  readonly role?: Role
  /** Appended to the name in the table. */
  readonly suffix?: string
  readonly precision?: 'fast' | 'exact'
  readonly enters?: (workload: Workload) => boolean
}

const noPlan: Plan = { algorithm: '', kernel: '', reason: '' }

/** Convoke on one backend and thread count. Throws with the reason where the backend is not available. */
export function openConvoke(setting: ConvokeSetting): Contender {
  const { family, threads, role = 'convoke', suffix = '', precision = 'fast', enters = () => true } = setting
  checkBackend(family)
  const enter = async (): Promise<void> => {
    await useBackend(family)
    await engine.setThreads?.(threads)
  }
  return {
    ...{ name: `convoke ${family}${suffix}`, family, role, threads, enters },
    fmaPeak: async () => {
      await enter()
      return engine.fmaPeak?.()
    },
    prepare: async (workload) => {
      await enter()
      const prepared = workload.mode === 'forward' ? forward(workload, precision) : train(workload, precision)
      return { ...prepared, ...planOf(workload, precision), enter }
    },
  }
}

/** What the planner chose, and the kernel as the table shows it. */
function planOf(
  { layer, inputShape, filter, filterShape }: Workload,
  precision: 'fast' | 'exact',
): Omit<Plan, 'reason'> {
  if (engine.explainPlan === undefined || layer.op !== 'conv') return { algorithm: '', kernel: '' }
  const options: PlanOptions = { ...layer.geometry, precision }
  const f = tensor(filter, { shape: filterShape })
  try {
    const { algorithm, kernel } = engine.explainPlan(inputShape, f, options) ?? noPlan
    return { algorithm, kernel }
  } finally {
    f.dispose()
  }
}

type Body = Omit<Prepared, 'enter' | 'kernel' | 'algorithm'>

/** Resolves when everything enqueued so far is done, by reading one element. */
function completion(): { wait: () => Promise<void>; dispose: () => void } {
  const backend = currentBackend()
  const mark = backend.allocate('float32', 1)
  const { readSync } = backend
  return {
    wait: async () => {
      if (readSync === undefined) await backend.read(mark)
      else readSync.call(backend, mark)
    },
    dispose: () => backend.release(mark),
  }
}

function forward({ layer, input, inputShape, filter, filterShape }: Workload, precision: 'fast' | 'exact'): Body {
  const x = tensor(input, { shape: inputShape })
  const f = tensor(filter, { shape: filterShape })
  const call = layer.op === 'conv' ? conv : convTranspose
  const options = { ...layer.geometry, precision }
  const { wait, dispose } = completion()
  return {
    run: () => {
      call(x, f, options).dispose()
      return wait()
    },
    outputs: async () => {
      const y = call(x, f, options)
      const data = await y.data()
      y.dispose()
      return [Float32Array.from(data)]
    },
    dispose: () => {
      for (const used of [x, f]) used.dispose()
      dispose()
    },
  }
}

function train(workload: Workload, precision: 'fast' | 'exact'): Body {
  const { layer, spec, input, filter, outputGradient } = workload
  if (layer.op !== 'conv') throw new ConvokeError(`${layer.name}: only convolutions are trained here.`)
  const backend = currentBackend()
  const filled = (data: Float32Array): Buffer => {
    const buffer = backend.allocate('float32', data.length)
    backend.write(buffer, data)
    return buffer
  }
  const [x, f, dy] = [input, filter, outputGradient].map(filled)
  const results = [outputGradient.length, input.length, filter.length].map((n) => backend.allocate('float32', n))
  const [y, dx, df] = results
  const { wait, dispose } = completion()
  const run = (): Promise<void> => {
    // As a layer whose filter is a parameter asks.
    const demand = { conv: spec, epilogue: null, precision, training: true } as const
    backend.run(kernels.conv, demand, [x, f], [y])
    backend.run(kernels.convTranspose, demand, [dy, f], [dx])
    backend.run(kernels.convFilterGradient, { conv: spec, precision }, [x, dy], [df])
    return wait()
  }
  return {
    run,
    // A training step changes the filter, so what the engine packed for the last one must not be used again.
    refresh: () => backend.write(f, filter),
    outputs: async () => {
      await run()
      return Promise.all(results.map(async (buffer) => Float32Array.from(await backend.read(buffer))))
    },
    dispose: () => {
      for (const buffer of [x, f, dy, ...results]) backend.release(buffer)
      dispose()
    },
  }
}

/** Whether the planner may choose between algorithms here, so that its plain direct kernels are worth a run of their own. */
export const hasChoice = ({ spec, mode }: Workload): boolean =>
  mode === 'forward' && spec.groups === 1 && spec.kernel.some((size) => size > 1)
