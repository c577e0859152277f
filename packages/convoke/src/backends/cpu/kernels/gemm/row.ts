// A row times a large matrix, which is read once, in order: four of its rows at a time are added to the result, which stays in
// the first cache. Tiles would keep sums in registers, and read a few columns down the whole matrix, a page a row.

import type { KernelSpecs } from '../../../backend.ts'
import { type Pointer, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { grainsOf } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { place, planOf, programFor, rowArguments, stepOf } from '../step.ts'

type MatmulSpec = KernelSpecs['matmul']

/** Elements of a matrix that does not stay in the second cache. */
const large = 2 ** 17
/** Rows of the matrix at a time. */
const together = 4
/** Columns that a task takes at least: runs of memory of whole pages. */
const fewestColumns = 1024

/** Whether tiles would wait for memory. */
export const isLongRow = ({ batch, m, n, k, transposeB }: MatmulSpec): boolean =>
  batch === 1 && m === 1 && !transposeB && n * k >= large && n >= 256

function writeRow(title: string, target: Target): Program {
  return vectorProgram(title, target, (b) => {
    const [x, matrix, y] = [b.pointer('x'), b.pointer('b'), b.pointer('y')]
    const pitch = b.integer('pitch')
    const columns = (visit: (at: Pointer, tail?: ReturnType<typeof b.tail>) => void, moved: readonly Pointer[]) => {
      const at = b.offset(y, 0)
      b.loop(b.integer('vectors'), () => {
        visit(at)
        for (const pointer of [at, ...moved]) b.advance(pointer, b.bytes)
      })
      const rest = b.integer('rest')
      b.when(rest, 'gt', 0, () => visit(at, b.tail(rest)))
    }
    columns((at, tail) => b.store(at, 0, b.zero(), tail), [])
    const addRows = (count: number) => {
      const weights: Vector[] = Array.from({ length: count }, (_, row) => b.broadcast(x, row * 4))
      const rows = weights.map(() => {
        const row = b.offset(matrix, 0)
        b.advance(matrix, pitch)
        return row
      })
      columns((at, tail) => {
        const sum = b.load(at, 0, tail)
        weights.forEach((weight, row) => {
          b.fma(sum, weight, b.load(rows[row], 0, tail))
        })
        b.store(at, 0, sum, tail)
      }, rows)
      b.advance(x, count * 4)
    }
    b.loop(b.integer('blocks'), () => addRows(together))
    b.loop(b.integer('left'), () => addRows(1))
  })
}

/** [a of k, b of k · n] → [y of n] */
export function planRow({ n, k }: MatmulSpec, target: Target, threads: number): KernelPlan {
  const title = 'a row by a matrix'
  const program = programFor(`${title} ${target.name}`, () => writeRow(title, target))
  const share = Math.max(fewestColumns, Math.ceil(n / threads / target.lanes) * target.lanes)
  const calls = grainsOf(n, share).map(({ start, count }) => ({
    ...{ x: place(0, 0), b: place(1, 4 * start), y: place(2, 4 * start), pitch: 4 * n },
    ...{ blocks: Math.floor(k / together), left: k % together, ...rowArguments(target.lanes, count) },
  }))
  return planOf([stepOf(program, calls)])
}
