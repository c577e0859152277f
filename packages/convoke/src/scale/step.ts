// One training step as the network sees it: what a rank asks of the others, and when. It is recorded by a world of two ranks of which the other one
// has always done its part already.

import { check } from '../shapes/error.ts'
import type { ParallelWorld, Pending, ReduceOptions, Reducible, Wire } from '../world/world.ts'

/** A call of a rank; `at` is seconds from the step's start, with waiting left out. */
export type StepCall =
  /** A sum sets out, and the rank goes on computing. */
  | {
      /** Which kind of call. */
      readonly kind: 'start'
      /** Seconds from the start of the step. */
      readonly at: number
      /** Bytes of the array to sum. */
      readonly bytes: number
      /** What they are while they travel. */
      readonly wire: Wire
    }
  /** MPI is asked after what is under way, and moves it on. */
  | {
      /** Which kind of call. */
      readonly kind: 'ask'
      /** Seconds from the start of the step. */
      readonly at: number
    }
  /** The rank waits for a sum: that of the call with the number `start`. */
  | {
      /** Which kind of call. */
      readonly kind: 'wait'
      /** Seconds from the start of the step. */
      readonly at: number
      /** Index of the call, in the list of the step, that set the sum out. */
      readonly start: number
    }
  /** A sum that the rank waits for at once, as layers that normalise over all ranks do. */
  | {
      /** Which kind of call. */
      readonly kind: 'sum'
      /** Seconds from the start of the step. */
      readonly at: number
      /** Bytes to sum. */
      readonly bytes: number
    }

/** One training step as recorded. */
export interface StepTrace {
  /** Examples of this rank. */
  readonly examples: number
  /** Seconds of the whole step on a network that takes no time. */
  readonly seconds: number
  /** What the rank asked of the others, in order. */
  readonly calls: readonly StepCall[]
}

/** Steps in which plans are made and buckets are ordered: they are not measured. */
const firstSteps = 3

interface Recorder {
  readonly world: ParallelWorld
  /** To be called at the end of each step. */
  readonly stepDone: () => void
  readonly steps: readonly StepTrace[]
}

function recorder(examples: number): Recorder {
  const steps: StepTrace[] = []
  let calls: StepCall[] = []
  let began = performance.now()
  const now = (): number => (performance.now() - began) / 1000
  const ask = (): void => {
    const last = calls.at(-1)
    // Sums that are asked after one by one are asked after together.
    if (last?.kind !== 'ask' || now() - last.at > 1e-5) calls.push({ kind: 'ask', at: now() })
  }
  const startAllReduce = (values: Reducible, { wire = 'float32' }: ReduceOptions = {}): Pending => {
    const start = calls.length
    calls.push({ kind: 'start', at: now(), bytes: values.byteLength, wire })
    return {
      test() {
        ask()
        return true
      },
      wait() {
        calls.push({ kind: 'wait', at: now(), start })
        return Promise.resolve()
      },
    }
  }
  const world: ParallelWorld = {
    ...{ rank: 0, size: 2, startAllReduce },
    allReduce: (values, options) => startAllReduce(values, options).wait(),
    allReduceSync: (values) => void calls.push({ kind: 'sum', at: now(), bytes: values.byteLength }),
    broadcast: () => Promise.resolve(),
    allGather: (bytes) => Promise.resolve([bytes, bytes]),
    barrier: () => Promise.resolve(),
  }
  const stepDone = (): void => {
    steps.push({ examples, seconds: now(), calls })
    calls = []
    began = performance.now()
  }
  return { world, stepDone, steps }
}

/**
 * Records a training step of one rank: `run` trains with `parallel: world`, two ranks of which this one takes the first half of each batch, and calls
 * `stepDone` after each step. `examples` is what a rank has of a batch. The step of the median time is returned; the first three are ignored, in
 * which plans are made. Sums are those of one rank, so the weights are of no use afterwards. Throws `ConvokeError` where there are fewer than four steps.
 *
 * @example
 * import { data, nn, optim, train } from 'convoke'
 * import { recordStep } from 'convoke/scale'
 * const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 64, out: 10 })).initialize(1)
 * const step = await recordStep(10, (world, stepDone) =>
 *   train.fit({
 *     model,
 *     task: train.classification(model, 10),
 *     optimizer: optim.SGD(model.parameters(), { learningRate: 0.01 }),
 *     train: data.digits({ count: 100, size: 8 }),
 *     epochs: 1,
 *     batchSize: 20,
 *     parallel: world,
 *     afterStep: stepDone,
 *   }),
 * )
 * step.calls.filter(({ kind }) => kind === 'start').length  // 2
 */
export async function recordStep(
  examples: number,
  run: (world: ParallelWorld, stepDone: () => void) => Promise<unknown>,
): Promise<StepTrace> {
  const { world, stepDone, steps } = recorder(examples)
  await run(world, stepDone)
  check(
    steps.length > firstSteps,
    () =>
      `recordStep: ${steps.length} steps ran; the first ${firstSteps} make plans and are not measured. Run ${firstSteps + 1} or more.`,
  )
  const sorted = steps.slice(firstSteps).sort((a, b) => a.seconds - b.seconds)
  return sorted[sorted.length >> 1]
}
