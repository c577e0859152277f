// Each way to compute a convolution: the time that the model expects of it, and the time it takes.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { convShapes } from '../../../../shapes/conv-spec.ts'
import type { Kernel, KernelSpecs } from '../../../backend.ts'
import { createCpuBackend } from '../../backend.ts'
import { engineOf, type Planned, type PlanQuestion } from '../../plan/index.ts'
import { rankedOf } from '../../plan/ways.ts'
import type { Runtime } from '../../runtime/index.ts'
import { kernelNamed } from '../kernel-named.ts'
import type { Row } from './rows.ts'

export interface WayTime {
  readonly algorithm: string
  /** Over that of the plain way. */
  readonly expected: number
  readonly measured: number
  readonly taken: boolean
}

/** Ways that are expected to take this many times as long as the plain one are not run. */
const hopeless = 4

/** Milliseconds in which the ways of a row run in turn, twice at least. */
const patience = 300

function operandsOf({ kernel, conv }: Row): { readonly inputs: number[]; readonly output: number } {
  const { input, filter, output } = convShapes(conv)
  const [x, f, y] = [input, filter, output].map(sizeOf)
  if (kernel === 'conv') return { inputs: [x, f], output: y }
  return kernel === 'convTranspose' ? { inputs: [y, f], output: x } : { inputs: [x, y], output: f }
}

/** Least times of functions that run in turn, in ms. */
function timesOf(runs: readonly (() => void)[]): number[] {
  for (const run of runs) run()
  const least = runs.map(() => Number.POSITIVE_INFINITY)
  const end = performance.now() + patience
  for (let round = 0; round < 2 || performance.now() < end; round++) {
    runs.forEach((run, i) => {
      const start = performance.now()
      run()
      least[i] = Math.min(least[i], performance.now() - start)
    })
  }
  return least
}

/** The ways of a row on one thread, the plain one first; none where loops run. `milliseconds` are those of the plain way. */
export function compareWays(row: Row, runtime: Runtime): { readonly ways: WayTime[]; readonly milliseconds: number } {
  const { conv } = row
  // The three kernels are asked in the same way: one stands for them.
  const kernel = kernelNamed(row.kernel) as Kernel<'conv'>
  const spec: KernelSpecs['conv'] = { conv, epilogue: null, precision: 'fast' }
  const { inputs, output } = operandsOf(row)
  const described = (length: number) => ({ dtype: 'float32' as const, length })
  const question: PlanQuestion<'conv'> = {
    ...{ kernel, spec, runtime, inputs: inputs.map(described), outputs: [described(output)] },
  }
  const engine = engineOf(kernel)
  const none = { ways: [], milliseconds: 0 }
  if (!('ways' in engine) || output === 0 || engine.fallback?.(question)) return none
  const ways = engine.ways(question)
  const [plain] = ways
  const planned = ways.flatMap((way) => {
    const share = way.slots / plain.slots
    const plan = way === plain || share <= hopeless ? way.plan(share) : null
    return plan !== null && 'plan' in plan ? [{ way, share, plan: plan as Planned }] : []
  })
  if (planned[0]?.way !== plain) return none
  const [taken] = rankedOf(planned.map(({ way }) => way))
  const made = planned.map(({ plan }) => {
    const backend = createCpuBackend(runtime, undefined, () => plan)
    const given = inputs.map((length) => {
      const buffer = backend.allocate('float32', length)
      backend.write(
        buffer,
        Float32Array.from({ length }, (_, i) => ((i * 7) % 13) / 13 - 0.5),
      )
      return buffer
    })
    const y = backend.allocate('float32', output)
    return {
      run: () => backend.run(kernel, spec, given, [y]),
      release: () => {
        for (const buffer of [...given, y]) backend.release(buffer)
      },
    }
  })
  const times = timesOf(made.map(({ run }) => run))
  for (const { release } of made) release()
  return {
    milliseconds: times[0],
    ways: planned.map((each, i) => ({
      ...{ algorithm: each.way.algorithm, expected: each.share, measured: times[i] / times[0] },
      taken: each.way === taken,
    })),
  }
}
