// What `convoke apply` refuses, and in which words.

import { chmod, mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'

describe('bad input', () => {
  const refused = async (cwd: string, args: string[], code: number, message: RegExp) => {
    const before = await readdir(cwd)
    const ran = await convoke(cwd, 'apply', ...args)
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr).toMatch(/^convoke: [^\n]+\n$/)
    expect(await readdir(cwd)).toEqual(before)
  }

  it('ends in one clear line and leaves nothing behind: pictures', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'empty.jpg'), '')
    await writeFile(join(cwd, 'text.png'), 'not a picture')
    await sharp({
      create: {
        width: 300,
        height: 200,
        channels: 3,
        background: 'red',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    })
      .jpeg()
      .toFile(join(cwd, 'cut.jpg'))
    await truncate(join(cwd, 'cut.jpg'), 9000)
    await sharp(join(cwd, 'cut.jpg'), { failOn: 'none' }).png().toFile(join(cwd, 'cut.png'))
    await truncate(join(cwd, 'cut.png'), 9000)
    const out = ['-k', 'box', '-o', 'new/out.png']
    await refused(cwd, ['missing.png', ...out], 1, /missing\.png does not exist/)
    await refused(cwd, ['empty.jpg', ...out], 1, /empty \(0 bytes\)/)
    await refused(cwd, ['text.png', ...out], 1, /not a picture/)
    await refused(cwd, ['cut.jpg', ...out], 1, /damaged or cut short/)
    await refused(cwd, ['cut.png', ...out], 1, /damaged or cut short/)
    await refused(cwd, ['.', ...out], 1, /is a folder/)
    await refused(cwd, ['text.png/x.png', ...out], 1, /not a folder/)
  })

  it('a picture of absurd dimensions is refused before it is decoded', async () => {
    const cwd = await folder()
    await writeFile(
      join(cwd, 'bomb.svg'),
      '<svg xmlns="http://www.w3.org/2000/svg" width="32000" height="32000"><rect width="9" height="9"/></svg>',
    )
    await refused(
      cwd,
      ['bomb.svg', '-k', 'box', '-o', 'out.png'],
      1,
      /32000 × 32000 pixels \(1024 million\); the limit is 268 million/,
    )
    await refused(cwd, ['scene', '-k', 'box', '--padding', '60000', '-o', 'out.png'], 1, /the result would have/)
    await refused(cwd, ['scene', '-k', 'box', '--max-megapixels', '0', '-o', 'out.png'], 2, /number above 0/)
  })

  it.runIf(process.getuid?.() !== 0)('a file that may not be read is refused', async () => {
    const cwd = await folder()
    await sharp(Uint8Array.of(1), { raw: { width: 1, height: 1, channels: 1 } })
      .png()
      .toFile(join(cwd, 'in.png'))
    await chmod(join(cwd, 'in.png'), 0)
    await refused(cwd, ['in.png', '-k', 'box', '-o', 'out.png'], 1, /may not be accessed/)
  })

  it('ends in one clear line and leaves nothing behind: kernels', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'word.txt'), '1 2 3\n4 five 6\n')
    await writeFile(join(cwd, 'ragged.csv'), '1,2\n3\n')
    await writeFile(join(cwd, 'bad.json'), '[[1, 2], [3, ')
    await writeFile(join(cwd, 'empty.txt'), '\n')
    await mkdir(join(cwd, 'folder.txt'))
    const kernel = (text: string) => ['scene', '-k', text, '-o', 'out.png']
    await refused(cwd, kernel('word.txt'), 1, /word\.txt: row 2 holds "five"/)
    await refused(cwd, kernel('ragged.csv'), 1, /ragged\.csv: row 2 has 1 number, row 1 has 2/)
    await refused(cwd, kernel('bad.json'), 1, /bad\.json is not valid JSON/)
    await refused(cwd, kernel('empty.txt'), 1, /empty\.txt is empty/)
    await refused(cwd, kernel('folder.txt'), 1, /is a folder/)
    await refused(cwd, kernel('gone.txt'), 1, /gone\.txt does not exist/)
    await refused(cwd, kernel('1 2; 3'), 2, /row 2 has 1 number, row 1 has 2/)
    await refused(cwd, kernel('1 two 3'), 2, /"two"/)
    await refused(cwd, kernel('1 NaN'), 2, /NaN/)
    await refused(cwd, kernel(''), 2, /empty/)
    await refused(cwd, kernel('gausian:2'), 2, /Did you mean gaussian\?/)
    await refused(cwd, ['scene', '-o', 'out.png'], 2, /no kernel is given/)
    await refused(cwd, [...kernel('box:255'), '--dilation', '3', '--padding', 'valid'], 1, /spans 763 rows/)
    await refused(cwd, [...kernel('box'), '--magnitude'], 2, /two by two; 1 is given/)
  })

  it('ends in one clear line and leaves nothing behind: options', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'file'), '')
    const box = ['scene', '-k', 'box', '-o', 'out.png']
    for (const value of ['0', '-1', '1.5', 'NaN', '1,2,3', '', '1e9'])
      await refused(cwd, [...box, '--stride', value], 2, /--stride/)
    for (const value of ['0', '2.5', 'x']) await refused(cwd, [...box, '--dilation', value], 2, /--dilation/)
    for (const value of ['-1', 'some', '1,2,3', '0.5', 'NaN'])
      await refused(cwd, [...box, '--padding', value], 2, /--padding/)
    await refused(cwd, [...box, '--boundary', 'cliff'], 2, /Use one of reflect, zero, mirror, edge, wrap/)
    await refused(cwd, [...box, '--range', 'wide'], 2, /Use one of auto, clip, abs, none/)
    await refused(cwd, ['scene', '-k', 'box', '-o', 'out.xyz'], 2, /ends in \.xyz/)
    await refused(cwd, ['scene', '-k', 'box', '-o', 'file/out.png'], 1, /not a folder/)
  })
})
