// The sum of the squares of all elements of any number of tensors: pieces of a size that depends on the lengths alone, each
// summed in two levels, then the pieces.

import type { Buffer } from '../../../backend.ts'
import { type Builder, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../step.ts'

/** Enough sums at once to hide the latency of an addition. */
const accumulators = 4
/** Turns after which the inner totals are added to the outer one. */
const turns = 32

type Term = (b: Builder, x: Vector) => Vector

const terms: { readonly [K in 'squares' | 'numbers']: Term } = {
  squares: (b, x) => b.mul(x, x),
  numbers: (_, x) => x,
}

function writeSum(term: Term, title: string, target: Target): Program {
  return vectorProgram(title, target, (b) => {
    const x = b.pointer('x')
    const total = b.zero()
    b.loop(b.integer('blocks'), () => {
      const sums = Array.from({ length: accumulators }, () => b.zero())
      b.loop(turns, () => {
        sums.forEach((sum, i) => {
          b.add(sum, term(b, b.load(x, i * b.bytes)), sum)
        })
        b.advance(x, accumulators * b.bytes)
      })
      for (const sum of sums) b.add(total, sum, total)
    })
    b.loop(b.integer('vectors'), () => {
      b.add(total, term(b, b.load(x)), total)
      b.advance(x, b.bytes)
    })
    const rest = b.integer('rest')
    b.when(rest, 'gt', 0, () => {
      b.add(total, term(b, b.load(x, 0, b.tail(rest))), total)
    })
    b.store(b.pointer('y'), 0, b.sumLanes(total), b.tail(1))
  })
}

function sumStep(kind: keyof typeof terms, calls: readonly CallArguments[], target: Target): KernelStep {
  const title = `sum of ${kind}`
  return stepOf(
    programFor(`${title} ${target.name}`, () => writeSum(terms[kind], title, target)),
    calls,
  )
}

const lengthArguments = (lanes: number, elements: number): CallArguments => {
  const block = lanes * accumulators * turns
  const left = elements % block
  return {
    blocks: Math.floor(elements / block),
    vectors: Math.floor(left / lanes),
    rest: left % lanes,
  }
}

/** [x₁, x₂, …] → [Σ x²]. */
export function planSumOfSquares(inputs: readonly Pick<Buffer, 'length'>[], target: Target): KernelPlan {
  const pieces = inputs.flatMap(({ length }, input) =>
    grainsOf(length, grainUnits(length, 1)).map((grain) => ({ ...grain, input })),
  )
  const [output, scratch] = [inputs.length, inputs.length + 1]
  const squares = pieces.map(({ input, start, count }, i) => ({
    x: place(input, 4 * start),
    y: place(scratch, 4 * i),
    ...lengthArguments(target.lanes, count),
  }))
  const total = {
    x: place(scratch, 0),
    y: place(output, 0),
    ...lengthArguments(target.lanes, pieces.length),
  }
  return planOf(
    [sumStep('squares', squares, target), sumStep('numbers', [total], target)],
    [4 * Math.max(pieces.length, 1)],
  )
}
