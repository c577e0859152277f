import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'

describe('convoke kernels', () => {
  it('lists the gallery with sizes, sums and what each does', async () => {
    const { code, stdout } = await convoke('.', 'kernels')
    expect(code).toBe(0)
    expect(stdout).toMatch(/gaussian\[:sigma\] +7×7 +1 +The smoothest blur/)
    expect(stdout).toMatch(/sobel-x +3×3 +0 +signed +Sobel/)
    const listed = JSON.parse((await convoke('.', 'kernels', '--json')).stdout)
    expect(listed.length).toBeGreaterThanOrEqual(30)
    for (const { name, kernel, summary, normalisation } of listed) {
      expect(kernel.length, name).toBeGreaterThan(0)
      expect([summary, normalisation]).not.toContain('')
    }
  })

  it('prints the numbers of those named, which `apply` reads back as a file', async () => {
    const cwd = await folder()
    expect((await convoke(cwd, 'kernels', 'sobel-x', '1 2; 3 4')).stdout).toMatch(
      /-1 {2}0 {2}1\n-2 {2}0 {2}2\n-1 {2}0 {2}1\n\nkernel: 2 × 2/,
    )
    const printed = await convoke(cwd, 'kernels', 'log:1', '--json')
    await writeFile(join(cwd, 'mine.json'), printed.stdout)
    const run = (kernel: string, out: string) =>
      convoke(cwd, 'apply', 'scene', '-k', kernel, '--stride', '9', '-o', out)
    expect((await run('mine.json', 'a.npy')).code).toBe(0)
    await run('log:1', 'b.npy')
    expect(await readFile(join(cwd, 'a.npy'))).toEqual(await readFile(join(cwd, 'b.npy')))
  })

  it('draws a sheet of a small picture, grey or transparent alike', async () => {
    const cwd = await folder()
    const raw = { width: 40, height: 30, channels: 2 } as const
    await sharp(
      Uint8Array.from({ length: 2400 }, (_, i) => i % 256),
      { raw },
    )
      .toColourspace('b-w')
      .png()
      .toFile(join(cwd, 'in.png'))
    const { code, stdout } = await convoke(cwd, 'kernels', '--sheet', 'sheets/s.png', 'in.png')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^sheets\/s\.png: \d+ results of in\.png\n$/)
    expect((await sharp(join(cwd, 'sheets/s.png')).metadata()).width).toBeGreaterThan(300)
    expect(await readdir(join(cwd, 'sheets'))).toEqual(['s.png'])
  })

  it.each([
    [['gausian'], 2, /Did you mean gaussian\?/],
    [['box:2'], 2, /odd whole number/],
    [['--sheet', 'out.png'], 2, /--sheet draws one picture; 0 are named/],
    [['--sheet', 'out.jpg', 'scene'], 2, /must be a \.png/],
    [['--sheet', 'out.png', 'gone.png'], 1, /gone\.png does not exist/],
  ])('refuses %j', async (args, code, message) => {
    const cwd = await folder()
    const ran = await convoke(cwd, 'kernels', ...args)
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr).toMatch(/^convoke: [^\n]+\n$/)
    expect(await readdir(cwd)).toEqual([])
  })
})
