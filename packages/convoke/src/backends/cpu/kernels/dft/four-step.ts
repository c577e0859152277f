// Long lines of complex values in two sweeps, each through transforms that the caches hold: x as n1 rows of n2,
//
//   t[j][k] = e^(−2πi·jk/n) · Σᵢ x[n2·i + j] · e^(−2πi·ik/n1)        columns of x, turned, written as rows of t
//   y[k + n1·l] = Σⱼ t[j][k] · e^(−2πi·jl/n2)                          columns of t to columns of y
//
// t holds vectors of `lanes` neighbours k, parts apart, so that only x and y are in pairs. Bailey 1990.

import { rootProducts } from '../../../../shapes/roots.ts'
import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { type Direction, emitMultiply } from '../fft/radix.ts'
import { programFor } from '../step.ts'
import { pairsPart, pairsSink, pairsSource, scaling } from './ends.ts'
import { emitPasses, loadSplit, planPasses, type Source, splitSink, storeSplit } from './passes.ts'
import { emitTurnedSquare, lanesTable, turnedPart } from './rows.ts'

export interface FourStep {
  readonly n1: number
  readonly n2: number
  readonly direction: Direction
  readonly scaled: boolean
  /** Neighbours in a vector of columns: fewer than the lanes in what is left over. */
  readonly count: number
  /** Vectors transformed together: see `widthOf`. */
  readonly width: number
}

/** Bytes from row to row of t: an odd number of cache lines beyond a power of two, so that a column is spread over a cache. */
export const pitchOf = (n1: number, lanes: number): number =>
  Math.ceil(n1 / lanes) * lanes * 8 + Math.max(64, lanes * 8)

/** Two factors of n as near to each other as may be, whole vectors before others, the first one not the smaller. */
export function halvesOf(n: number, lanes: number): readonly [number, number] {
  let best: readonly [number, number] = [n, 1]
  let cost = Number.POSITIVE_INFINITY
  for (let d = 1; d <= n; d++) {
    if (n % d !== 0) continue
    const other = n / d
    const waste = (size: number) => (Math.ceil(size / lanes) * lanes) / size
    const own = Math.max(d, other) * waste(d) * waste(other)
    if (own < cost) {
      best = [d, other]
      cost = own
    }
    if (d > 2 ** 16) break
  }
  return best
}

/** The turn of k within its block, e^(−2πi·k·lane/n), [k][re, im][lane]: the argument `turns`. */
export const turnsTable = (n: number, n1: number, lanes: number): Float32Array =>
  lanesTable(n, n1, lanes, (k, element) => k * element)

/** The turns of whole blocks, e^(−2πi·k·block·lanes/n), [block][k][re, im]: the argument `blockTurns`. */
export function blockTurnsTable(n: number, n1: number, lanes: number): Float32Array {
  const blocks = Math.ceil(n / n1 / lanes)
  const values = new Float32Array(2 * n1 * blocks)
  const putRoot = rootProducts(n)
  for (let block = 0; block < blocks; block++) {
    for (let k = 0; k < n1; k++) {
      const at = 2 * (block * n1 + k)
      putRoot(k * block * lanes, values, at, values, at + 1)
    }
  }
  return values
}

const nameOf = (step: string, { n1, n2, direction, count, width }: FourStep, target: Target): string =>
  `dft ${direction} ${n1}x${n2}, ${step}${count === target.lanes ? '' : `, ${count} left`}${width === 1 ? '' : `, ${width} vectors`}`

/** Arguments: x, t, work, natural, stage, twiddles, places, turns, blockTurns, blocks. */
export function firstSweepProgram(spec: FourStep, target: Target): Program {
  const { n1, n2, direction, count, width } = spec
  const name = nameOf('columns to rows', spec, target)
  return programFor(`${name} ${target.name} ${target.caches.first}`, () =>
    vectorProgram(name, target, (b) => {
      const passes = planPasses(n1, target)
      const [pitch, vector] = [pitchOf(n1, b.lanes), 2 * b.bytes]
      const [x, t, blockTurns] = [b.pointer('x'), b.pointer('t'), b.pointer('blockTurns')]
      b.loop(b.integer('blocks'), () => {
        const columns = pairsSource(b, x, n2 * 8, pairsPart(b, count))
        const sink = { ...splitSink(b, b.pointer('natural')), aside: n1 * vector }
        emitPasses(b, passes, direction, columns, sink, width)
        const natural = b.pointer('natural')
        b.loop(width, () => {
          const turns = b.pointer('turns')
          const square = (rows: number): void => {
            emitTurnedSquare(
              b,
              rows,
              direction,
              (row, part, way) => {
                // Turned by the block first; the second part finds that done.
                if (part === 0) {
                  const w = { re: b.broadcast(blockTurns, row * 8), im: b.broadcast(blockTurns, row * 8 + 4) }
                  storeSplit(b, natural, row, emitMultiply(b, loadSplit(b, natural, row), w, way === 'backward'))
                }
                return turnedPart(b, natural, row * vector, turns, row * vector, part, way)
              },
              (lane, part, value) => {
                if (lane < count) b.store(t, lane * pitch + part * b.bytes, value)
              },
            )
          }
          b.loop(Math.floor(n1 / b.lanes), () => {
            square(b.lanes)
            b.advance(natural, b.lanes * vector)
            b.advance(turns, b.lanes * vector)
            b.advance(blockTurns, b.lanes * 8)
            b.advance(t, vector)
          })
          const rest = n1 % b.lanes
          if (rest > 0) square(rest)
          b.advance(natural, rest * vector)
          b.advance(blockTurns, rest * 8)
          b.advance(t, b.lanes * pitch - Math.floor(n1 / b.lanes) * vector)
        })
        b.advance(x, width * b.lanes * 8)
      })
    }),
  )
}

/** Arguments: t, y, work, stage, twiddles, places, scale, blocks. */
export function secondSweepProgram(spec: FourStep, target: Target): Program {
  const { n1, n2, direction, scaled, count, width } = spec
  const name = nameOf('columns', spec, target)
  return programFor(`${name} ${scaled} ${target.name} ${target.caches.first}`, () =>
    vectorProgram(name, target, (b) => {
      const passes = planPasses(n2, target)
      const [pitch, vector] = [pitchOf(n1, b.lanes), 2 * b.bytes]
      const [t, y] = [b.pointer('t'), b.pointer('y')]
      const source: Source = {
        load: (element) => ({ re: b.load(t, element * pitch), im: b.load(t, element * pitch + b.bytes) }),
        move: (elements) => b.advance(t, elements * pitch),
        aside: (vectors) => b.advance(t, vectors * vector),
      }
      b.loop(b.integer('blocks'), () => {
        const columns = pairsSink(b, y, n1 * 8, pairsPart(b, count), scaling(b, scaled))
        emitPasses(b, passes, direction, source, columns, width)
        b.advance(t, width * vector)
        b.advance(y, width * b.lanes * 8)
      })
    }),
  )
}
