// Folders of small JPEG files, a folder a class: digits that Convoke draws, on colours of their own.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { data, randomSource } from 'convoke'
import sharp from 'sharp'

const side = 32

/** Files written at once: sharp encodes in four threads. */
const together = 64

/** Writes `count` files into `folder`/0 to `folder`/9. */
export async function writeJpegs(folder: string, count: number): Promise<void> {
  const digits = data.digits({ count, size: side })
  for (let label = 0; label < 10; label++) mkdirSync(join(folder, String(label)), { recursive: true })
  const write = async (index: number): Promise<void> => {
    const { image, label } = await digits.get(index)
    const random = randomSource(index)
    const [paper, ink] = [0, 1].map((shade) =>
      Array.from({ length: 3 }, () => 255 * (0.6 * random.uniform() + 0.4 * (1 - shade))),
    )
    const pixels = new Uint8Array(3 * side * side)
    for (let p = 0; p < side * side; p++) {
      for (let c = 0; c < 3; c++) pixels[3 * p + c] = paper[c] + (ink[c] - paper[c]) * Number(image.data[p])
    }
    const raw = { width: side, height: side, channels: 3 } as const
    const bytes = await sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer()
    writeFileSync(join(folder, String(label), `${index}.jpg`), bytes)
  }
  for (let from = 0; from < count; from += together) {
    const several = Array.from({ length: Math.min(together, count - from) }, (_, i) => write(from + i))
    await Promise.all(several)
  }
}
