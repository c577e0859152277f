import { expect, it } from 'vitest'
import { withBoxes } from './draw.ts'

const side = 240
const picture = { shape: [side, side, 3], data: new Uint8Array(side * side * 3).fill(90) }
const drawn = async (score: number) => {
  const box = { x: 120, y: 140, width: 80, height: 60, label: 0, score }
  return Buffer.from((await withBoxes(picture, [box], ['cat'])).data as Uint8Array)
}

it('a box that is all but sure is not drawn as sure, nor one of a small score as none', async () => {
  const sure = await drawn(1)
  expect(sure.equals(Buffer.from(picture.data))).toBe(false)
  // 99.9% twice, beside 100%; 0.4% twice, beside 0%.
  expect((await drawn(0.999)).equals(sure)).toBe(false)
  expect((await drawn(0.9991)).equals(await drawn(0.999))).toBe(true)
  expect((await drawn(0.004)).equals(await drawn(0))).toBe(false)
  expect((await drawn(0.0041)).equals(await drawn(0.004))).toBe(true)
  expect((await drawn(0.87)).equals(await drawn(0.872))).toBe(true)
})
