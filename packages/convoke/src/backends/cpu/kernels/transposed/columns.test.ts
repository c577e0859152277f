import { expect, test } from 'vitest'
import type { Axis } from '../../../../shapes/conv-axes.ts'
import { randomNumbers } from '../testing/arrays.ts'
import { type TapRun, tapsOf } from './columns.ts'
import { columnWords, pixelWords, tableColumns, tileWords, wordsOfTile } from './table-columns.ts'

function randomAxis(next: () => number): Axis {
  const upTo = (most: number): number => 1 + Math.floor(next() * most)
  const [kernel, stride, dilation, output] = [upTo(40), upTo(9), upTo(9), upTo(30)]
  const before = Math.floor(next() * 60)
  return { input: upTo(200), output, kernel, stride, before, dilation }
}

/** By the definition: i = o · stride − before + t · dilation for x at i and y at o. */
const shiftsOf = ({ kernel, stride, before, dilation }: Axis, phase: number) =>
  Array.from({ length: kernel }, (_, tap) => ({ tap, shift: (phase + before - tap * dilation) / stride })).filter(
    ({ shift }) => Number.isInteger(shift),
  )

const listed = ({ count, tap, shift }: TapRun) =>
  Array.from({ length: count }, (_, i) => ({ tap: tap(i), shift: shift(i) }))

test('the taps of a phase are those whose outputs lie on whole columns', () => {
  const next = randomNumbers(3)
  for (let turn = 0; turn < 500; turn++) {
    const axis = randomAxis(next)
    for (let phase = 0; phase < axis.stride; phase++) expect(listed(tapsOf(axis, phase))).toEqual(shiftsOf(axis, phase))
  }
})

test('a table gives every column of x each tap that reaches it once, and no other', () => {
  const next = randomNumbers(4)
  for (let turn = 0; turn < 200; turn++) {
    const axis = randomAxis(next)
    const { groups, table } = tableColumns(axis, 1 + Math.floor(next() * 7), { xPixel: 1, yPixel: 1, yTap: 0 })
    const pairs: string[] = []
    const take = (x: number, y: number, range: number): void => {
      const [start, count] = [table[range] / 4, table[range + 1]]
      for (let i = 0; i < count; i++) {
        const [shift, tap] = table.subarray(start + columnWords * i)
        pairs.push(`${x} ${y + shift} ${tap}`)
      }
    }
    for (const group of groups) {
      for (let tile = 0; tile < group.tiles; tile++) {
        const at = group.start / 4 + tile * wordsOfTile(group)
        for (let p = 0; p < group.pixels; p++) {
          const [x, y] = [table[at] + p * axis.stride, table[at + 1] + p]
          take(x, y, at + 2)
          if (!group.atEnds) continue
          for (const side of [0, 2]) take(x, y, at + tileWords + pixelWords * p + side)
        }
      }
    }
    const wanted: string[] = []
    for (let x = 0; x < axis.input; x++) {
      const [phase, column] = [x % axis.stride, Math.floor(x / axis.stride)]
      for (const { tap, shift } of shiftsOf(axis, phase)) {
        const y = column + shift
        if (y >= 0 && y < axis.output) wanted.push(`${x} ${y} ${tap}`)
      }
    }
    expect(pairs.sort()).toEqual(wanted.sort())
  }
})
