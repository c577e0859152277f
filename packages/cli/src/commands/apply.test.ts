// `convoke apply` on real files: what is read, what is written, what is refused.

import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'

type Raw = { width: number; height: number; channels: 1 | 2 | 3 | 4 }
const picture = (values: readonly number[], raw: Raw) => sharp(Uint8Array.from(values), { raw })
const deepPicture = (values: readonly number[], raw: Raw) => sharp(Uint16Array.from(values), { raw })

const grey = (values: readonly number[], width: number) =>
  picture(values, { width, height: values.length / width, channels: 1 }).toColourspace('b-w')

/** Samples of a written picture, as they are stored. */
async function stored(path: string, depth: 'uchar' | 'ushort' = 'uchar') {
  const { space, hasAlpha, depth: bits, exif, orientation } = await sharp(path).metadata()
  const keep =
    hasAlpha === true && space !== undefined && /b-w|grey16/.test(space)
      ? depth === 'ushort'
        ? 'rgb16'
        : 'srgb'
      : space
  const { data, info } = await sharp(path)
    .toColourspace(keep ?? 'srgb')
    .raw({ depth })
    .toBuffer({ resolveWithObject: true })
  const values = depth === 'ushort' ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data
  return {
    width: info.width,
    height: info.height,
    channels: info.channels,
    values: [...values],
    bits,
    exif,
    orientation,
  }
}

/** A NumPy file of float32. */
async function npy(path: string) {
  const bytes = await readFile(path)
  const length = bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, 10 + length)
  const shape = /'shape': \(([^)]*)\)/.exec(header)![1].split(',').map(Number)
  const values = Array.from({ length: (bytes.length - 10 - length) / 4 }, (_, i) =>
    bytes.readFloatLE(10 + length + 4 * i),
  )
  return { magic: bytes.toString('latin1', 1, 6), aligned: (10 + length) % 64, header, shape, values }
}

describe('values', () => {
  it('are those of correlation, with the kernel as written, and of convolution with --convolve', async () => {
    const cwd = await folder()
    await grey([1, 2, 3, 4, 5, 6, 7, 8, 9], 3).png().toFile(join(cwd, 'in.png'))
    const run = (...more: string[]) =>
      convoke(cwd, 'apply', 'in.png', '-k', '1 2; 3 4', '--padding', 'valid', '-o', 'out.png', ...more)
    expect(await run()).toMatchObject({ code: 0, stderr: '' })
    expect((await stored(join(cwd, 'out.png'))).values).toEqual([37, 47, 67, 77])
    await run('--convolve')
    expect((await stored(join(cwd, 'out.png'))).values).toEqual([23, 33, 53, 63])
  })

  it('follow stride, dilation, padding and boundary', async () => {
    const cwd = await folder()
    await grey([1, 2, 3, 4, 5, 6], 6).png().toFile(join(cwd, 'in.png'))
    const run = async (...more: string[]) => {
      expect((await convoke(cwd, 'apply', 'in.png', '-k', '1 1 1', '-o', 'out.png', ...more)).stderr).toBe('')
      return (await stored(join(cwd, 'out.png'))).values
    }
    expect(await run()).toEqual([4, 6, 9, 12, 15, 17])
    expect(await run('--boundary', 'zero')).toEqual([3, 6, 9, 12, 15, 11])
    expect(await run('--boundary', 'wrap')).toEqual([9, 6, 9, 12, 15, 12])
    expect(await run('--boundary', 'mirror')).toEqual([5, 6, 9, 12, 15, 16])
    expect(await run('--padding', 'valid', '--stride', '1,2')).toEqual([6, 12])
    expect(await run('--padding', 'valid', '--dilation', '1,2')).toEqual([9, 12])
    expect(await run('--padding', '0,0,2,1', '--boundary', 'zero')).toEqual([1, 3, 6, 9, 12, 15, 11])
    expect(await run('--padding', '0,1', '--boundary', 'edge')).toEqual([4, 6, 9, 12, 15, 17])
  })

  it('are mapped as --range says', async () => {
    const cwd = await folder()
    await grey([0, 100, 50, 50], 4).png().toFile(join(cwd, 'in.png'))
    const run = async (range: string) => {
      await convoke(cwd, 'apply', 'in.png', '-k', '-1 1', '--padding', 'valid', '--range', range, '-o', 'out.png')
      return (await stored(join(cwd, 'out.png'))).values
    }
    // 100, −50, 0
    expect(await run('clip')).toEqual([100, 0, 0])
    expect(await run('abs')).toEqual([100, 50, 0])
    expect(await run('auto')).toEqual([255, 65, 128])
  })

  it('are called clipped where some were, and only there', async () => {
    const cwd = await folder()
    await grey([0, 100, 50, 200], 4).png().toFile(join(cwd, 'in.png'))
    const run = async (kernel: string, ...more: string[]) =>
      (await convoke(cwd, 'apply', 'in.png', '-k', kernel, '--range', 'clip', '-o', 'out.png', ...more)).stdout
    expect(await run('0 1 0')).toContain('values 0 … 200: none clipped')
    // The largest is 2 · 200, the least 0.
    expect(await run('0 2 0')).toContain('values 0 … 400: clipped to white')
    expect(await run('0 -1 0')).toContain('values -200 … 0: clipped to black')
    // 3 · (next − this): 300, −150, 450, 0.
    expect(JSON.parse(await run('0 -3 3', '--json')).outputs[0].clipped).toEqual(['black', 'white'])
  })

  it('keep floats in .npy, .tif, .json and .csv', async () => {
    const cwd = await folder()
    await picture([10, 20, 30, 40, 50, 65], { width: 2, height: 1, channels: 3 }).png().toFile(join(cwd, 'in.png'))
    const run = (out: string, ...more: string[]) =>
      convoke(cwd, 'apply', 'in.png', '-k', '-1/2 0', '--padding', 'valid', '--range', 'none', '-o', out, ...more)
    for (const out of ['a.npy', 'a.tif', 'a.json']) expect((await run(out)).stderr).toBe('')
    expect(await npy(join(cwd, 'a.npy'))).toMatchObject({
      magic: 'NUMPY',
      aligned: 0,
      shape: [1, 1, 3],
      values: [-5, -10, -15],
    })
    expect(JSON.parse(await readFile(join(cwd, 'a.json'), 'utf8'))).toEqual({
      shape: [1, 1, 3],
      data: [[[-5, -10, -15]]],
    })
    expect((await sharp(join(cwd, 'a.tif')).metadata()).depth).toBe('float')
    const bytes = await readFile(join(cwd, 'a.tif'))
    expect([0, 1, 2].map((i) => bytes.readFloatLE(bytes.length - 12 + 4 * i))).toEqual([-5, -10, -15])
    expect(await run('a.csv')).toMatchObject({ code: 1, stderr: expect.stringContaining('Add --gray') })
    expect((await run('a.csv', '--gray')).code).toBe(0)
    const luma = 0.2126 * 10 + 0.7152 * 20 + 0.0722 * 30
    expect(Number(await readFile(join(cwd, 'a.csv'), 'utf8'))).toBeCloseTo(-luma / 2, 5)
    expect(await run('a.png')).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot hold') })
  })

  it('combine into a magnitude', async () => {
    const cwd = await folder()
    const ran = await convoke(cwd, 'apply', 'scene', '-k', 'sobel', '--magnitude', '--json', '--gray', '-o', 'm.npy')
    const report = JSON.parse(ran.stdout)
    expect(report.outputs[0]).toMatchObject({ kernel: 'sobel-magnitude', channels: 1, sample: 'float32' })
    await convoke(cwd, 'apply', 'scene', '-k', 'sobel', '--gray', '-o', 'both.npy')
    expect(await readdir(cwd)).toEqual(['both-sobel-x.npy', 'both-sobel-y.npy', 'm.npy'])
    const [m, x, y] = await Promise.all(
      ['m.npy', 'both-sobel-x.npy', 'both-sobel-y.npy'].map((file) => npy(join(cwd, file))),
    )
    m.values.forEach((value, i) => {
      expect(Math.abs(value - Math.hypot(x.values[i], y.values[i]))).toBeLessThan(1e-3)
    })
  })

  it('of a blur in linear light are brighter than of stored values', async () => {
    const cwd = await folder()
    await grey([0, 255], 2).png().toFile(join(cwd, 'in.png'))
    await convoke(cwd, 'apply', 'in.png', '-k', '1/2 1/2', '--padding', 'valid', '-o', 'stored.png')
    await convoke(cwd, 'apply', 'in.png', '-k', '1/2 1/2', '--padding', 'valid', '--linear', '-o', 'linear.png')
    expect((await stored(join(cwd, 'stored.png'))).values).toEqual([128])
    expect((await stored(join(cwd, 'linear.png'))).values).toEqual([188])
  })
})

describe('pictures', () => {
  it('are turned upright as EXIF says, once', async () => {
    const cwd = await folder()
    const colours = [10, 20, 30, 40, 50, 60].flatMap((value) => [value, 0, 255])
    const upright = picture(colours, { width: 3, height: 2, channels: 3 }).withMetadata({ orientation: 6 })
    await upright.tiff({ compression: 'none' }).toFile(join(cwd, 'in.tif'))
    expect((await sharp(join(cwd, 'in.tif')).metadata()).orientation).toBe(6)
    await convoke(cwd, 'apply', 'in.tif', '-k', 'identity', '-o', 'out.png')
    const { width, height, values, orientation } = await stored(join(cwd, 'out.png'))
    expect({ width, height, orientation }).toEqual({ width: 2, height: 3, orientation: undefined })
    expect(values.filter((_, i) => i % 3 === 0)).toEqual([40, 10, 50, 20, 60, 30])
  })

  it('keep their opacity, cropped and thinned with the colours', async () => {
    const cwd = await folder()
    const values = Array.from({ length: 25 }, (_, i) => [100, 150, 200, i * 10]).flat()
    await picture(values, { width: 5, height: 5, channels: 4 }).png().toFile(join(cwd, 'in.png'))
    await convoke(cwd, 'apply', 'in.png', '-k', 'box', '--padding', 'valid', '--stride', '2', '-o', 'out.png')
    const out = await stored(join(cwd, 'out.png'))
    expect(out.channels).toBe(4)
    expect(out.values.filter((_, i) => i % 4 === 3)).toEqual([60, 80, 160, 180])
    expect(out.values.slice(0, 3)).toEqual([100, 150, 200])
  })

  it('do not bleed from what is transparent', async () => {
    const cwd = await folder()
    const values = [200, 0, 0, 255, 200, 0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0]
    await picture(values, { width: 4, height: 1, channels: 4 }).png().toFile(join(cwd, 'in.png'))
    await convoke(cwd, 'apply', 'in.png', '-k', 'gaussian:1', '-o', 'out.png')
    expect((await stored(join(cwd, 'out.png'))).values.slice(0, 8)).toEqual([200, 0, 0, 255, 200, 0, 0, 255])
  })

  it('of grey with opacity stay grey with opacity', async () => {
    const cwd = await folder()
    await picture([10, 255, 20, 128], { width: 2, height: 1, channels: 2 })
      .toColourspace('b-w')
      .png()
      .toFile(join(cwd, 'in.png'))
    await convoke(cwd, 'apply', 'in.png', '-k', 'identity', '-o', 'out.png')
    const metadata = await sharp(join(cwd, 'out.png')).metadata()
    expect(metadata).toMatchObject({ channels: 2, space: 'b-w' })
    expect((await stored(join(cwd, 'out.png'))).values).toEqual([10, 10, 10, 255, 20, 20, 20, 128])
  })

  it('of 16 bits keep them where the format can, and are scaled where it cannot', async () => {
    const cwd = await folder()
    const values = [0, 1000, 65535, 30000, 256, 257, 258, 65535, 4000, 5000, 60000, 65535, 1, 2, 3, 65535]
    await deepPicture(values, { width: 2, height: 2, channels: 4 })
      .toColourspace('rgb16')
      .png()
      .toFile(join(cwd, 'in.png'))
    for (const out of ['out.png', 'out.tif']) {
      await convoke(cwd, 'apply', 'in.png', '-k', 'identity', '-o', out)
      const read = await stored(join(cwd, out), 'ushort')
      expect(read.bits).toBe('ushort')
      expect(read.values).toEqual(values)
    }
    await convoke(cwd, 'apply', 'in.png', '-k', 'identity', '-o', 'out.gif')
    const ran = await convoke(cwd, 'apply', 'in.png', '-k', 'identity', '-o', 'out.webp', '--json')
    expect(JSON.parse(ran.stdout).outputs[0].sample).toBe('uint8')
    expect(ran.code).toBe(0)
    await deepPicture([0, 32768, 65535], { width: 3, height: 1, channels: 1 })
      .toColourspace('grey16')
      .png()
      .toFile(join(cwd, 'g.png'))
    await convoke(cwd, 'apply', 'g.png', '-k', 'identity', '-o', 'g.tif')
    expect((await stored(join(cwd, 'g.tif'), 'ushort')).values).toEqual([0, 32768, 65535])
  })

  it('of other colour spaces are brought to sRGB, at 8 and at 16 bits', async () => {
    const cwd = await folder()
    const colours = [200, 120, 100, 90, 160, 110]
    const raw = { width: 2, height: 1, channels: 3 } as const
    // The pixels are converted to P3 on the way out: read back as sRGB they must be what they were.
    await picture(colours, raw).withIccProfile('p3').png().toFile(join(cwd, 'p3.png'))
    expect((await sharp(join(cwd, 'p3.png'), { ignoreIcc: true }).raw().toBuffer())[0]).not.toBe(200)
    const deep = deepPicture(
      colours.map((value) => value * 257),
      raw,
    ).toColourspace('rgb16')
    await deep.withIccProfile('srgb').png().toFile(join(cwd, 'srgb16.png'))
    const tagged = await sharp(join(cwd, 'srgb16.png'), { ignoreIcc: true })
      .toColourspace('rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer()
    const expected = [...new Uint16Array(tagged.buffer, tagged.byteOffset, 6)]
    const run = async (name: string) => {
      await convoke(cwd, 'apply', name, '-k', 'identity', '-o', 'out.npy')
      return (await npy(join(cwd, 'out.npy'))).values
    }
    ;(await run('p3.png')).forEach((value, i) => {
      expect(Math.abs(value - colours[i])).toBeLessThanOrEqual(2)
    })
    ;(await run('srgb16.png')).forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(65)
    })
  })

  it('are laid on white, with a note, where the format holds no transparency', async () => {
    const cwd = await folder()
    await picture([0, 0, 0, 0], { width: 1, height: 1, channels: 4 }).png().toFile(join(cwd, 'in.png'))
    const ran = await convoke(cwd, 'apply', 'in.png', '-k', 'identity', '-o', 'out.jpg')
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/^convoke: note: .*put on white.\n$/) })
    expect((await stored(join(cwd, 'out.jpg'))).values).toEqual([255, 255, 255])
  })
})

describe('outputs', () => {
  it('of several kernels are suffixed, or put in a folder, which is made', async () => {
    const cwd = await folder()
    await convoke(
      cwd,
      'apply',
      'scene',
      '-k',
      'box',
      '-k',
      'motion:5,30',
      '-k',
      'box',
      '-o',
      'a/b/out.png',
      '--stride',
      '8',
    )
    expect((await readdir(join(cwd, 'a/b'))).sort()).toEqual(['out-box-2.png', 'out-box.png', 'out-motion-5-30.png'])
    await convoke(cwd, 'apply', 'scene', '-k', 'box', '-k', 'edge', '-o', 'c/d', '--stride', '8')
    expect((await readdir(join(cwd, 'c/d'))).sort()).toEqual(['scene-box.png', 'scene-edge.png'])
  })

  it('never replace the input by accident, however it is spelt', async () => {
    const cwd = await folder()
    await grey([1, 2, 3, 4], 2).png().toFile(join(cwd, 'in.png'))
    await symlink('in.png', join(cwd, 'link.png'))
    const before = await readFile(join(cwd, 'in.png'))
    for (const out of ['in.png', './in.png', join(cwd, 'in.png'), 'link.png']) {
      expect(await convoke(cwd, 'apply', 'in.png', '-k', 'box', '-o', out)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--force'),
      })
    }
    expect(await readFile(join(cwd, 'in.png'))).toEqual(before)
    expect((await convoke(cwd, 'apply', 'in.png', '-k', '0 0; 0 2', '-o', 'in.png', '--force')).code).toBe(0)
    expect(await readFile(join(cwd, 'in.png'))).not.toEqual(before)
  })

  it('are written whole or not at all', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'keep.npy'), 'precious')
    const overflow = await convoke(cwd, 'apply', 'scene', '-k', '1e38 1e38', '--range', 'none', '-o', 'keep.npy')
    expect(overflow).toMatchObject({ code: 1, stderr: expect.stringContaining('32-bit floats') })
    const channels = await convoke(cwd, 'apply', 'scene', '-k', 'box', '-o', 'out.csv')
    expect(channels.code).toBe(1)
    const wide = await convoke(cwd, 'apply', 'scene', '-k', '1', '--padding', '0,0,0,17000', '-o', 'wide.webp')
    expect(wide).toMatchObject({ code: 1, stderr: expect.stringMatching(/too large.*\.png/) })
    expect(await readdir(cwd)).toEqual(['keep.npy'])
    expect(await readFile(join(cwd, 'keep.npy'), 'utf8')).toBe('precious')
  })
})
