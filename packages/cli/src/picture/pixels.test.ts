import { expect, test } from 'vitest'
import type { Picture } from './picture.ts'
import { columnsOf, pickPixels } from './pixels.ts'

/** A pixel's samples say where it stands: row, column, and 200 of opacity. */
const picture = (width: number, height: number): Picture => ({
  ...{ width, height, colours: 1, alpha: true, depth: 8 },
  samples: Uint8Array.from({ length: width * height * 2 }, (_, i) =>
    i % 2 === 1 ? 200 : 40 * Math.floor(i / 2 / width) + (Math.floor(i / 2) % width),
  ),
})

test('pixels are picked by row and column, short runs and long ones alike', () => {
  const rows = Int32Array.of(1, 0, 0)
  const columns = Int32Array.of(1, 0, ...Array.from({ length: 30 }, (_, i) => i), 29, 7, 9)
  const into = new Uint8Array(rows.length * columns.length * 2)
  pickPixels(picture(30, 2), rows, columnsOf(columns), into)
  const expected = [...rows].flatMap((row) => [...columns].flatMap((column) => [40 * row + column, 200]))
  expect([...into]).toEqual(expected)
})

test('what lies outside is black and opaque, whatever stood there before', () => {
  const into = new Uint8Array(2 * 4 * 2).fill(9)
  pickPixels(picture(3, 2), Int32Array.of(-1, 1), columnsOf(Int32Array.of(-1, -1, 2, -1)), into)
  expect([...into]).toEqual([0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 42, 200, 0, 255])
})
