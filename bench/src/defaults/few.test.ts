import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { formats } from 'convoke'
import { expect, it } from 'vitest'
import { gained, gainOf, writeFew } from './few.ts'

it('Few pictures are as many of each class, the same for a seed, beside the whole test part', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'convoke-few-'))
  const idx = (shape: readonly number[], data: Uint8Array) =>
    gzipSync(formats.encodeIdx({ dtype: 'uint8', shape, data }))
  // Picture i is of class i % 3 and has i in its one pixel.
  const count = 30
  const pixels = Uint8Array.from({ length: count }, (_, i) => i)
  const labels = pixels.map((i) => i % 3)
  for (const part of ['train', 't10k']) {
    await writeFile(join(folder, `${part}-images-idx3-ubyte.gz`), idx([count, 1, 1], pixels))
    await writeFile(join(folder, `${part}-labels-idx1-ubyte.gz`), idx([count], labels))
  }
  const chosen = async (seed: number): Promise<number[]> => {
    const out = join(folder, String(seed))
    writeFew(folder, out, 2, seed)
    const read = async (name: string) => formats.decodeIdx(name, await readFile(join(out, name)))
    expect((await read('t10k-images-idx3-ubyte')).shape).toEqual([count, 1, 1])
    const own = [...(await read('train-images-idx3-ubyte')).data]
    expect([...(await read('train-labels-idx1-ubyte')).data]).toEqual(own.map((i) => i % 3))
    return own
  }
  expect(await chosen(0)).toEqual([0, 1, 2, 3, 4, 5])
  const other = await chosen(1)
  expect(other.map((i) => i % 3).sort()).toEqual([0, 0, 1, 1, 2, 2])
  expect(other).not.toEqual([0, 1, 2, 3, 4, 5])
  expect(await chosen(1)).toEqual(other)
  await rm(folder, { recursive: true })
})

it('The gain is the difference of the means in points', () => {
  const figures = gainOf([0.8, 0.82], [0.84, 0.86])
  expect(figures).toEqual({ nothing: 0.81, shipped: 0.85, gain: expect.closeTo(4, 9) })
  expect(gained.of({ figures, waiting: null, cores: null })).toBeCloseTo(4, 9)
})
