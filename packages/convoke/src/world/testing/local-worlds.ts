// Ranks within one process, for tests: each is a promise of its own, and what they begin is done once all have begun it. What waits
// without giving way cannot be had here.

import { deepStrictEqual } from 'node:assert'
import type { ParallelWorld, Pending, Reducible, Reduction } from '../world.ts'

interface Meeting {
  readonly given: unknown[]
  readonly arrived: Set<number>
  result: unknown
}

const reductions: Readonly<Record<Reduction, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
}

export interface LocalWorld extends ParallelWorld {
  /** What was begun, in order: the name of the call and how many numbers it had. */
  readonly calls: readonly string[]
}

/** `size` ranks that meet in the order of their calls. */
export function localWorlds(size: number): LocalWorld[] {
  const meetings: Meeting[] = []
  return Array.from({ length: size }, (_, rank): LocalWorld => {
    let next = 0
    const calls: string[] = []
    const meet = <T>(
      name: string,
      value: T,
      all: (given: T[]) => unknown,
      take: (result: unknown) => void,
    ): Pending => {
      calls.push(name)
      const at = next++
      meetings[at] ??= { given: [], arrived: new Set(), result: undefined }
      const meeting = meetings[at]
      meeting.given[rank] = value
      meeting.arrived.add(rank)
      if (meeting.arrived.size === size) meeting.result = { value: all(meeting.given as T[]) }
      let taken = false
      const test = (): boolean => {
        if (meeting.result === undefined) return false
        if (!taken) take((meeting.result as { value: unknown }).value)
        taken = true
        return true
      }
      return {
        test,
        async wait() {
          while (!test()) await new Promise((resolve) => setImmediate(resolve))
        },
      }
    }
    const startAllReduce: ParallelWorld['startAllReduce'] = (values, { op = 'sum' } = {}) =>
      meet(
        `allReduce ${values.length}`,
        values.slice(),
        (given: Reducible[]) => {
          for (const one of given) deepStrictEqual([one.constructor, one.length], [values.constructor, values.length])
          const total = given[0].slice()
          for (const one of given.slice(1))
            for (let i = 0; i < total.length; i++) total[i] = reductions[op](total[i], one[i])
          return total
        },
        (total) => values.set(total as Reducible),
      )
    return {
      ...{ rank, size, calls, startAllReduce },
      allReduce: (values, options) => startAllReduce(values, options).wait(),
      allReduceSync: () => {
        throw new Error('ranks within one process cannot wait for each other without giving way')
      },
      broadcast: (values, from = 0) => {
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
        return meet(
          `broadcast ${values.byteLength}`,
          bytes.slice(),
          (given) => given[from],
          (found) => bytes.set(found as Uint8Array),
        ).wait()
      },
      async allGather(bytes) {
        let all: Uint8Array[] = []
        const keep = (found: unknown): void => {
          all = (found as Uint8Array[]).map((one) => one.slice())
        }
        await meet('allGather', bytes.slice(), (given) => given, keep).wait()
        return all
      },
      barrier: () =>
        meet(
          'barrier',
          null,
          () => null,
          () => {},
        ).wait(),
    }
  })
}
