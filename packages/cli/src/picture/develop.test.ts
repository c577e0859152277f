import { expect, it } from 'vitest'
import { develop } from './develop.ts'
import type { Picture } from './picture.ts'
import { place } from './placement.ts'

const edges = [
  [0, -1, 0],
  [-1, 4, -1],
  [0, -1, 0],
]

/** Rows of pseudorandom middle grey, below them one white pixel in black, where the results have their peak. */
function pictureOf(width: number, height: number): Picture {
  const samples = new Uint8Array(3 * width * height)
  for (let i = 0, state = 1; i < samples.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    samples[i] = 100 + ((state >>> 24) % 32)
  }
  samples.fill(0, 3 * width * (height - 4))
  samples.fill(255, 3 * (width * (height - 2) + 5), 3 * (width * (height - 2) + 6))
  return { width, height, colours: 3, alpha: false, depth: 8, samples }
}

it('gives the same rows whether all results of the first pass are kept for the second, or the last alone', async () => {
  const [width, height, below] = [2400, 2400, 700]
  const whole = pictureOf(width, height)
  const line = 3 * width
  const part: Picture = {
    ...whole,
    height: below,
    samples: whole.samples.slice((height - below) * line) as Uint8Array<ArrayBuffer>,
  }
  const developed = (picture: Picture) => {
    const filter = { name: 'edges', kernels: [{ name: 'edges', rows: edges, signed: true }] } as const
    const options = { padding: 'same', boundary: 'reflect', stride: [1, 1], dilation: [1, 1] } as const
    const placements = [place([3, 3], [picture.height, width], options)]
    const view = { gray: false, linear: false }
    return develop(picture, filter, placements, { view, mapping: 'signed', sample: 8 })
  }
  const [all, last] = [await developed(part), await developed(whole)]
  expect(all.extremes).toEqual({ least: -255, most: 1020 })
  expect(last.extremes).toEqual(all.extremes)
  // The first row of the part has other neighbours.
  const [found, expected] = [last.values.subarray((height - below + 1) * line), all.values.subarray(line)]
  expect(found.findIndex((value, i) => value !== expected[i])).toBe(-1)
  // By the definition, in rows of either pass: 128 + 127·v/1020, to the nearest.
  for (const [row, column] of [
    [1, 1],
    [1000, 77],
    [1900, 1200],
    [2300, 2398],
  ]) {
    const at = (dy: number, dx: number) => whole.samples[((row + dy) * width + column + dx) * 3]
    const v = 4 * at(0, 0) - at(-1, 0) - at(1, 0) - at(0, -1) - at(0, 1)
    expect(last.values[(row * width + column) * 3]).toBe(Math.round(128 + (127 * v) / 1020))
  }
})
