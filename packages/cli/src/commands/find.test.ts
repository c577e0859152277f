// `convoke find` on real files.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'

interface Place {
  readonly left: number
  readonly top: number
  readonly score: number
}

/** A repeatable number from 0 to 255 for each index. */
const noise = (index: number): number => ((index * 2654435761) >>> 0) % 251

/** A ring and a bar, `side` pixels square: −1 … 1. */
const figure = (side: number, x: number, y: number): number =>
  Math.sign(Math.sin(Math.hypot(x - side / 2, y - side / 3) * 1.3)) * (y > side / 2 ? 0.5 : 1)

/** Faint noise, with the figure at each place at so much contrast: the fainter, the less like itself it is. */
function picture(width: number, height: number, side: number, places: readonly Place[], channels: 1 | 3 = 1) {
  const bytes = new Uint8Array(width * height * channels).map((_, i) => 120 + (noise(i) % 9))
  for (const { left, top, score: contrast } of places)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        for (let c = 0; c < channels; c++) {
          const at = ((top + y) * width + left + x) * channels + c
          bytes[at] = 120 + contrast * figure(side, x, y) * (c === 2 ? -1 : 1) + (noise(at) % 5)
        }
  const image = sharp(bytes, { raw: { width, height, channels } })
  return channels === 1 ? image.toColourspace('b-w') : image
}

const places = [
  { left: 40, top: 10, score: 100 },
  { left: 7, top: 50, score: 20 },
  { left: 90, top: 77, score: -60 },
]

async function search(cwd: string, ...args: string[]): Promise<Place[]> {
  const { code, stdout } = await convoke(cwd, 'find', ...args, '--json')
  expect(code).toBe(0)
  return (JSON.parse(stdout) as { matches: Place[] }).matches
}

const where = (found: readonly Place[]) => found.map(({ left, top }) => [left, top])

describe('convoke find', () => {
  it('finds every copy, whatever its brightness and contrast, best first, and no negative', async () => {
    const cwd = await folder()
    await picture(130, 110, 17, places).png().toFile(join(cwd, 'scene.png'))
    await picture(17, 17, 17, [{ left: 0, top: 0, score: 70 }])
      .png()
      .toFile(join(cwd, 'figure.png'))
    const found = await search(cwd, 'scene.png', 'figure.png')
    expect(where(found)).toEqual([
      [40, 10],
      [7, 50],
    ])
    expect(found[0].score).toBeGreaterThan(0.999)
    expect(where(await search(cwd, 'scene.png', 'figure.png', '--count', '1'))).toEqual([[40, 10]])
    expect(where(await search(cwd, 'scene.png', '7,50,17,17', '--threshold', '0.9'))).toContainEqual([7, 50])
    const { stdout, code } = await convoke(cwd, 'find', 'scene.png', 'figure.png')
    expect([code, stdout.split('\n').slice(0, 2)]).toEqual([0, ['left  top  score', '  40   10  1.000']])
  })
  it('compares colours, and brightness where one of the two is grey or it is asked for', async () => {
    const cwd = await folder()
    await picture(130, 110, 17, places, 3).png().toFile(join(cwd, 'scene.png'))
    await picture(17, 17, 17, [{ left: 0, top: 0, score: 70 }])
      .png()
      .toFile(join(cwd, 'grey.png'))
    await picture(17, 17, 17, [{ left: 0, top: 0, score: 70 }], 3)
      .png()
      .toFile(join(cwd, 'colour.png'))
    for (const [template, ...options] of [['colour.png'], ['grey.png'], ['colour.png', '--gray']])
      expect(new Set(where(await search(cwd, 'scene.png', template, ...options)).map(String))).toEqual(
        new Set(['40,10', '7,50']),
      )
  })
  it('searches a large picture strip by strip without a seam', async () => {
    const cwd = await folder()
    const rows = Array.from({ length: 30 }, (_, i) => ({ left: 60 * i + 3, top: 990 + i, score: 90 }))
    await picture(2000, 1100, 17, rows).png().toFile(join(cwd, 'scene.png'))
    await picture(17, 17, 17, [{ left: 0, top: 0, score: 70 }])
      .png()
      .toFile(join(cwd, 'figure.png'))
    const found = await search(cwd, 'scene.png', 'figure.png')
    const byLeft = (a: readonly number[], b: readonly number[]): number => a[0] - b[0]
    expect(where(found).sort(byLeft)).toEqual(where(rows))
  })
  it('writes frames as a picture and the score of every place as numbers', async () => {
    const cwd = await folder()
    await picture(130, 110, 17, places).png().toFile(join(cwd, 'scene.png'))
    const files = ['-o', 'out/frames.png', '--scores', 'out/scores.csv']
    await search(cwd, 'scene.png', '40,10,17,17', ...files)
    const { data, info } = await sharp(join(cwd, 'out/frames.png')).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([130, 110, 3])
    const at = (x: number, y: number): number[] => [...data.subarray((y * 130 + x) * 3, (y * 130 + x) * 3 + 3)]
    expect(new Set(at(40, 12)).size).toBeGreaterThan(1)
    expect(new Set(at(70, 90)).size).toBe(1)
    const rows = (await readFile(join(cwd, 'out/scores.csv'), 'utf8')).trim().split('\n')
    const scores = rows.map((row) => row.split(',').map(Number))
    expect([scores.length, scores[0].length]).toEqual([94, 114])
    expect(scores[10][40]).toBeCloseTo(1, 4)
    expect(scores[77][90]).toBeLessThan(-0.99)
  })
  it('says which place came nearest where nothing matches, and fails', async () => {
    const cwd = await folder()
    await picture(130, 110, 17, [places[2]]).png().toFile(join(cwd, 'scene.png'))
    await picture(17, 17, 17, [{ left: 0, top: 0, score: 70 }])
      .png()
      .toFile(join(cwd, 'figure.png'))
    const { code, stdout, stderr } = await convoke(cwd, 'find', 'scene.png', 'figure.png', '--threshold', '0.9')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^convoke: no match scores 0.9 or more; the best is 0\.\d+ at left \d+, top \d+\. Lower --threshold to list it\.\n$/,
    )
  })
  it.each([
    [['scene', '1,2,3'], 2, /the template "1,2,3" is not part of a picture/],
    [['scene', '0,0,9000,9'], 2, /extends beyond the picture of 384 × 256 pixels/],
    [['scene', 'missing.png'], 1, /missing\.png/],
    [['scene', '1,2,8,8', '--threshold', '80'], 2, /--threshold is "80"/],
    [['scene', '1,2,8,8', '--count', '0'], 2, /--count is "0"/],
    [['scene', '1,2,8,8', '-o', 'x.csv'], 2, /holds numbers, not a picture/],
    [['scene', '1,2,8,8', '--scores', 'x.png'], 2, /cannot hold scores/],
    [['tiny.png', 'large.png'], 1, /larger than the picture of 4 × 4/],
    [['large.png', 'tiny.png', '-o', 'tiny.png'], 2, /is the picture that is read/],
    [['notes.txt', 'tiny.png'], 1, /not a picture/],
  ])('%j: exit code %i, one line', async (args, expected, message) => {
    const cwd = await folder()
    await picture(4, 4, 1, []).png().toFile(join(cwd, 'tiny.png'))
    await picture(9, 9, 1, []).png().toFile(join(cwd, 'large.png'))
    await writeFile(join(cwd, 'notes.txt'), 'no picture')
    const { code, stderr } = await convoke(cwd, 'find', ...args)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^convoke: [^\n]+\n$/)
    expect(code).toBe(expected)
  })
})
