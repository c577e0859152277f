// Products of complex numbers, pairs side by side: (a + bi)(c + di) as (a, b)·(c, c) + (b, a)·(−d, d).

import type { KernelSpecs } from '../../../backend.ts'
import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { place, planOf, programFor, rowArguments, stepOf } from '../step.ts'
import { emitRow, loadPart, storePart } from './elementwise.ts'

function writeProducts(conjugate: boolean, title: string, target: Target): Program {
  return vectorProgram(title, target, (b) => {
    const [x, y, z] = [b.pointer('x'), b.pointer('y'), b.pointer('z')]
    const lanes = (at: (lane: number) => number): number[] => Array.from({ length: b.lanes }, (_, lane) => at(lane))
    const signs = lanes((lane) => (lane % 2 === 0 ? -1 : 1) * (conjugate ? -1 : 1))
    // biome-ignore lint/plugin/spread-of-a-list: one a lane
    const sign = b.constant(...signs)
    const advance = (elements: number): void => {
      for (const pointer of [x, y, z]) b.advance(pointer, 4 * elements)
    }
    emitRow(b, false, advance, (part) => {
      const [left, right] = [loadPart(b, 'float32', x, part), loadPart(b, 'float32', y, part)]
      const real = b.shuffle(
        right,
        right,
        lanes((lane) => lane - (lane % 2)),
      )
      const imaginary = b.shuffle(
        right,
        right,
        lanes((lane) => lane - (lane % 2) + 1),
      )
      const turned = b.shuffle(
        left,
        left,
        lanes((lane) => lane ^ 1),
      )
      const product = b.add(b.mul(left, real), b.mul(turned, b.mul(imaginary, sign)))
      storePart(b, 'float32', z, product, part)
    })
  })
}

/** [a, b] → [y], pairs of one length. */
export function planComplexMultiply(
  { conjugate }: KernelSpecs['complexMultiply'],
  length: number,
  target: Target,
): KernelPlan {
  const title = conjugate ? 'product with the conjugate' : 'complex product'
  const program = programFor(`${title} ${target.name}`, () => writeProducts(conjugate, title, target))
  const pairs = length / 2
  const calls = grainsOf(pairs, grainUnits(pairs, 2)).map(({ start, count }) => ({
    ...{ x: place(0, 8 * start), y: place(1, 8 * start), z: place(2, 8 * start) },
    ...rowArguments(target.lanes, 2 * count),
  }))
  return planOf([stepOf(program, calls)])
}
