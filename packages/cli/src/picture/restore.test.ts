// Kernels undone: by the library, and as `convoke apply --deconvolve`.

import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'

const samplesOf = async (path: string) => [...(await sharp(path).raw().toBuffer())]

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length)

describe('convoke apply --deconvolve', () => {
  it('sharpens what a kernel has blurred, one that is not symmetric too', async () => {
    const cwd = await folder()
    await convoke(cwd, 'apply', 'scene', '-k', 'identity', '-o', 'sharp.png')
    for (const kernel of ['gaussian:1.5', '0 0 0 0.1; 0 0 0.3 0; 0.6 0 0 0']) {
      for (const flip of [[], ['--convolve']]) {
        const how = ['-k', kernel, ...flip]
        await convoke(cwd, 'apply', 'sharp.png', ...how, '-o', 'soft.png')
        const { code } = await convoke(cwd, 'apply', 'soft.png', ...how, '--deconvolve', '-o', 'restored.png')
        expect(code).toBe(0)
        const [original, soft, restored] = await Promise.all(
          ['sharp.png', 'soft.png', 'restored.png'].map((name) => samplesOf(join(cwd, name))),
        )
        expect(restored.length).toBe(original.length)
        expect(difference(restored, original)).toBeLessThan(0.7 * difference(soft, original))
      }
    }
  })
  it('keeps the sizes, the depth and the opacity of a picture taller than a strip', async () => {
    const cwd = await folder()
    const [width, height] = [20, 600]
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 - (i % 7) : i % 200))
    await sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toFile(join(cwd, 'tall.png'))
    const { code } = await convoke(cwd, 'apply', 'tall.png', '-k', '0.2 0.6 0.2', '--deconvolve', '-o', 'out.png')
    expect(code).toBe(0)
    const { data: result, info } = await sharp(join(cwd, 'out.png')).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([width, height, 4])
    const opacity = (of: Uint8Array): number[] => [...of].filter((_, i) => i % 4 === 3)
    expect(opacity(result)).toEqual(opacity(data))
  })
  it('gives smoother results with more noise', async () => {
    const cwd = await folder()
    await convoke(cwd, 'apply', 'scene', '-k', 'gaussian:2', '-o', 'soft.png')
    const rough: number[] = []
    for (const noise of ['0.0001', '0.1']) {
      await convoke(
        cwd,
        'apply',
        'soft.png',
        '-k',
        'gaussian:2',
        '--deconvolve',
        '--noise',
        noise,
        '--gray',
        '-o',
        'x.png',
      )
      const values = await samplesOf(join(cwd, 'x.png'))
      rough.push(values.slice(1).reduce((sum, value, i) => sum + Math.abs(value - values[i]), 0))
    }
    expect(rough[1]).toBeLessThan(0.8 * rough[0])
  })
  it.each([
    [['--noise', '0.1'], /--noise is an option of --deconvolve/],
    [['--deconvolve', '--stride', '2'], /Leave out --padding, --stride and --dilation/],
    [['--deconvolve', '--magnitude'], /Leave out --magnitude/],
    [['--deconvolve', '--noise', '-1'], /--noise is "-1"/],
  ])('refuses %j in one line', async (options, message) => {
    const { code, stderr } = await convoke(await folder(), 'apply', 'scene', '-k', 'box', ...options, '-o', 'x.png')
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^convoke: [^\n]+\n$/)
  })
})
