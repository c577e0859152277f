// Every op with each of its axes in turn long, in a small heap: what is planned position by position, or in an object each,
// takes too much of it, or too long the first time.

import { scope } from '../../../../autodiff/index.ts'
import { ConvokeError } from '../../../../shapes/error.ts'
import { heapHeldBy } from '../../../../testing/live-heap.ts'
import { useBackend } from '../../../current.ts'
import { type AxisOp, axisOps } from './axis-cases.ts'

/** Bytes of the heap that one case may hold, and milliseconds that its first call may take of the processors, whatever else they do. */
export const axisLimits = { heap: 50 * 2 ** 20, first: 10_000 }

export interface AxisCase {
  readonly name: string
  readonly axis: string
  readonly length: number
  readonly run: () => void
}

function caseOf({ op, axes, run }: AxisOp, axis: string, length: number): AxisCase {
  const sizes = { ...axes, [axis]: length }
  return {
    ...{ name: op, axis, length },
    run: () => scope(() => run(sizes).forEach((tensor) => void tensor.dataSync())),
  }
}

/** Every op with each of its axes at `length`. */
export const axisCases = (length: number, matching: RegExp = /./): readonly AxisCase[] =>
  axisOps
    .filter(({ op }) => matching.test(op))
    .flatMap((op) => Object.keys(op.axes).map((axis) => caseOf(op, axis, length)))

export interface AxisResult {
  readonly heap: number
  readonly first: number
  /** Why it was refused, in words. */
  readonly refused: string | undefined
}

/** Runs a case for the first time on a backend. Throws what is no refusal. */
export async function runAxisCase(backend: string, { run }: AxisCase): Promise<AxisResult> {
  await useBackend(backend)
  const { result, bytes } = heapHeldBy(() => {
    const start = process.cpuUsage()
    let refused: string | undefined
    try {
      run()
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      refused = error.message
    }
    const { user, system } = process.cpuUsage(start)
    return { first: (user + system) / 1000, refused }
  })
  return { ...result, heap: bytes }
}

export const describeAxisCase = ({ name, axis, length }: AxisCase): string => `${name}, ${axis} ${length}`

/** What is wrong with a result; undefined where nothing is. */
export function wrongWith({ heap, first }: AxisResult): string | undefined {
  if (heap > axisLimits.heap) return `holds ${(heap / 2 ** 20).toFixed(0)} MiB of the heap`
  if (first > axisLimits.first) return `takes ${(first / 1000).toFixed(1)} s the first time`
  return undefined
}
