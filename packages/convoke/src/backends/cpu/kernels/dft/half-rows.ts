// Half spectra of long real rows from the transform of half the length, and the other way round, as a step of their own.

import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { programFor } from '../step.ts'
import { laneElement, loadPairs, pairsPart, scaling, storePairs } from './ends.ts'
import { loadSplit } from './passes.ts'
import { joinOne, splitOne } from './real.ts'
import { loadReversed, realAtFirst } from './rows.ts'

export { rowHalvesTable } from './rows.ts'

/**
 * `blocks` vectors of a row from `block` on: 'split' makes h + 1 values X of h values Z, 'join' the reverse, h = n / 2 being a multiple of
 * the lanes. Arguments: x and y, the rows; halves, at this block; scale; block, blocks.
 */
export function halfRowsProgram(way: 'split' | 'join', n: number, target: Target): Program {
  const name = `dft ${way} half spectrum ${n}`
  const { lanes } = target
  return programFor(`${name} ${target.name}`, () =>
    vectorProgram(name, target, (b) => {
      const h = n / 2
      const [x, y, factors] = [b.pointer('x'), b.pointer('y'), b.pointer('halves')]
      const block = b.set(b.integer('block'))
      const finish = scaling(b, true)
      b.loop(b.integer('blocks'), () => {
        const start = b.integerMul(block, lanes * 8)
        const [own, to] = [b.offset(x, start), b.offset(y, start)]
        const last = b.offset(b.offset(x, h * 8), b.integerSub(b.set(0), start))
        const w = loadSplit(b, factors)
        if (way === 'join') {
          const whole = (): void =>
            storePairs(b, to, 0, joinOne(b, loadPairs(b, own, 0, pairsPart(b)), loadReversed(b, last), w), pairsPart(b))
          const first = (): void => {
            const [a, c] = [loadPairs(b, own, 0, pairsPart(b)), loadReversed(b, last)]
            storePairs(b, to, 0, joinOne(b, realAtFirst(b, a), realAtFirst(b, c), w), pairsPart(b))
          }
          b.when(block, 'eq', 0, first, whole)
        } else {
          // Z goes on with its period: Z[h] is Z[0].
          const inside = (): void =>
            storePairs(
              b,
              to,
              0,
              finish(splitOne(b, loadPairs(b, own, 0, pairsPart(b)), loadReversed(b, last), w)),
              pairsPart(b),
            )
          const first = (): void => {
            const { re, im } = loadReversed(b, b.offset(last, -8))
            const own0 = loadPairs(b, own, 0, pairsPart(b))
            const mirror = moveIn(own0, { re, im })
            storePairs(b, to, 0, finish(splitOne(b, own0, mirror, w)), pairsPart(b))
          }
          const end = (): void => {
            const zero = loadPairs(b, x, 0, pairsPart(b, 1))
            storePairs(b, to, 0, finish(splitOne(b, zero, zero, w)), pairsPart(b, 1))
          }
          const moveIn = (own0: ReturnType<typeof loadPairs>, rest: ReturnType<typeof loadPairs>) => ({
            re: b.shuffle(own0.re, rest.re, movedIn(lanes)),
            im: b.shuffle(own0.im, rest.im, movedIn(lanes)),
          })
          b.when(block, 'eq', 0, first, () => b.when(block, 'eq', h / lanes, end, inside))
        }
        b.integerAdd(block, 1, block)
        b.advance(factors, 2 * b.bytes)
      })
    }),
  )
}

/** Element 0 of the first vector, then elements 0 … lanes − 2 of the second. */
function movedIn(lanes: number): number[] {
  const laneOf = Array.from({ length: lanes }, (_, lane) => laneElement(lanes, lane))
  return laneOf.map((element) => (element === 0 ? 0 : lanes + laneOf.indexOf(element - 1)))
}
