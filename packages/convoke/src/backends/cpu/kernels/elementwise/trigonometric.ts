// sin, cos and tan: the short reduction where a whole grain is moderate, the long one where any element of it is large.
// Both give the same bits for moderate elements, so a result does not depend on its neighbours.

import { type Builder, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import {
  moderateLimit,
  type Trigonometric,
  trigonometricAnywhere,
  trigonometricModerate,
} from '../math/trigonometric.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelStep } from '../plan.ts'
import { place, programFor, rowArguments, stepOf } from '../step.ts'
import { emitRow, type Part } from './elementwise.ts'

/** Small, since a grain is read twice and one large element slows all of it. */
const moderateGrain = 4096

/** Of a float32. */
const bitsOf = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0]

/** The largest |x| of the row as bits, which order as the numbers do, NaN above all. Leaves it in y[0] on the way. */
function largestBits(b: Builder) {
  const x = b.pointer('x')
  const largest = b.zero()
  const take = (part: Part) => {
    const value = part === 'all' ? b.load(x) : b.load(x, 0, part === 'one' ? b.tail(1) : part)
    b.imax(largest, b.abs(value), largest)
  }
  emitRow(b, false, (elements) => b.advance(x, 4 * elements), take)
  let all: Vector = largest
  for (let distance = b.lanes / 2; distance >= 1; distance /= 2) {
    const across = Array.from({ length: b.lanes }, (_, lane) => lane ^ distance)
    all = b.imax(all, b.shuffle(all, all, across))
  }
  const y = b.pointer('y')
  b.store(y, 0, all, b.tail(1))
  return b.loadInteger(y)
}

function emitPass(b: Builder, compute: (x: Vector) => Vector): void {
  const [x, y] = [b.pointer('x'), b.pointer('y')]
  const advance = (elements: number) => {
    b.advance(x, 4 * elements)
    b.advance(y, 4 * elements)
  }
  emitRow(b, false, advance, (part) => {
    const tail = part === 'all' ? undefined : part === 'one' ? b.tail(1) : part
    b.store(y, 0, compute(b.load(x, 0, tail)), tail)
  })
}

/** [x] → [y], float32. */
export function trigonometricStep(op: Trigonometric, size: number, target: Target): KernelStep {
  const program = programFor(`${op} ${target.name}`, () =>
    vectorProgram(op, target, (b) => {
      b.when(
        largestBits(b),
        'gt',
        bitsOf(moderateLimit),
        () => emitPass(b, (x) => trigonometricAnywhere(b, op, x)),
        () => emitPass(b, (x) => trigonometricModerate(b, op, x)),
      )
    }),
  )
  const calls = grainsOf(size, grainUnits(size, 1, moderateGrain)).map(({ start, count }) => ({
    x: place(0, 4 * start),
    y: place(1, 4 * start),
    ...rowArguments(target.lanes, count),
  }))
  return stepOf(program, calls)
}
