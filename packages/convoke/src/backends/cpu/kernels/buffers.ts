// The buffers of a plan by name: the one place that knows in which order a plan has them.

import { largestOf } from '../../../shapes/extremes.ts'
import type { Epilogue, TypedArray } from '../../backend.ts'
import type { Derived, KernelPlan, KernelStep } from './plan.ts'

type Held<T> = Readonly<Record<string, T | undefined>>

/** What a plan works on, by names; what is undefined is not there. */
interface Named<G, S, T, W, D> {
  /** Inputs, then outputs. */
  readonly given: readonly G[]
  /** Bytes of each. */
  readonly scratch?: S
  readonly tables?: T
  /** Bytes of each that every thread has of its own. */
  readonly threads?: W
  readonly derived?: readonly D[]
  /** Plans that become parts of this one, one after the other: they share what is scratch. */
  readonly parts?: readonly KernelPlan[]
}

export interface NamedBuffers<N extends string> {
  /** The number of each. */
  readonly at: Readonly<Record<N, number>>
  /** The members of the plan that hold them. */
  readonly own: Required<Pick<KernelPlan, 'scratch' | 'tables' | 'workerScratch'>>
  /** One of the parts, given these buffers; what it derives in others of this plan, where they are named. */
  readonly part: (index: number, given: readonly number[], derived?: readonly number[]) => PlacedPart
}

/** A plan on the buffers of one that it is a part of. */
export interface PlacedPart {
  readonly steps: readonly KernelStep[]
  readonly derived: readonly Derived[]
  /** What its buffers are there. */
  readonly numbers: readonly number[]
}

/** Numbers for the names. */
export function nameBuffers<
  const G extends string,
  const S extends Held<number> = Record<never, never>,
  const T extends Held<TypedArray> = Record<never, never>,
  const W extends Held<number> = Record<never, never>,
  const D extends string = never,
>(named: Named<G, S, T, W, D>): NamedBuffers<G | D | (string & keyof (S & T & W))> {
  const { given, derived = [], parts = [] } = named
  const at: Record<string, number> = {}
  const numbers = parts.map((): number[] => [])
  let next = 0
  const number = (name: string): void => {
    at[name] = next++
  }
  const numberAll = <T>(held: Held<T> = {}): T[] =>
    Object.entries(held).flatMap(([name, value]) => {
      if (value === undefined) return []
      number(name)
      return value
    })
  const numberParts = (ofPart: (plan: KernelPlan) => readonly unknown[], areShared: boolean): void => {
    const counts = parts.map((plan) => ofPart(plan).length)
    for (const [i, count] of counts.entries()) {
      for (let k = 0; k < count; k++) numbers[i].push(next + k)
      if (!areShared) next += count
    }
    if (areShared) next += largestOf([0, ...counts])
  }
  given.forEach(number)
  const scratch = numberAll<number>(named.scratch)
  numberParts((plan) => plan.scratch, true)
  const tables = numberAll<TypedArray>(named.tables)
  numberParts((plan) => plan.tables, false)
  const threads = numberAll<number>(named.threads)
  numberParts(ofThread, true)
  derived.forEach(number)
  numberParts(derivedOf, false)
  return {
    at: at as NamedBuffers<G | D | (string & keyof (S & T & W))>['at'],
    own: {
      scratch: [...scratch, ...shared(parts.map((plan) => plan.scratch))],
      tables: [...tables, ...parts.flatMap((plan) => plan.tables)],
      workerScratch: [...threads, ...shared(parts.map(ofThread))],
    },
    part(index, operands, derivedAt = []) {
      const plan = parts[index]
      const kept = numbers[index].length - derivedAt.length
      const own = [...operands, ...numbers[index].slice(0, kept), ...derivedAt]
      const moved = (steps: readonly KernelStep[]): KernelStep[] => steps.map((step) => onBuffers(step, own))
      return {
        numbers: own,
        steps: moved(plan.steps),
        derived: derivedOf(plan).map((entry) => ({ ...entry, ...(entry.steps && { steps: moved(entry.steps) }) })),
      }
    },
  }
}

const ofThread = ({ workerScratch = [] }: KernelPlan): readonly number[] => workerScratch
const derivedOf = ({ derived = [] }: KernelPlan): readonly Derived[] => derived

/** Sizes of what serves every part in its turn. */
const shared = (lists: readonly (readonly number[])[]): number[] =>
  Array.from({ length: largestOf([0, ...lists.map((list) => list.length)]) }, (_, i) =>
    largestOf(lists.map((list) => list[i] ?? 0)),
  )

/** The step on other buffers: `numbers[i]` stands for buffer i, which the step begins at `offsets[i]` bytes of. */
export const onBuffers = (
  step: KernelStep,
  numbers: readonly number[],
  offsets: readonly number[] = [],
): KernelStep => ({
  ...step,
  argumentsOf: (task) =>
    step
      .argumentsOf(task)
      .map((value) =>
        typeof value === 'number'
          ? value
          : { buffer: numbers[value.buffer], offset: value.offset + (offsets[value.buffer] ?? 0) },
      ),
})

/** What an epilogue reads, in the order of the inputs. */
export const epilogueNames = (epilogue: Epilogue | null): ('bias' | 'residual')[] => [
  ...(epilogue?.bias ? (['bias'] as const) : []),
  ...(epilogue?.residual ? (['residual'] as const) : []),
]
