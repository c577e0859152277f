// Small data sets as files, for tests of the command.

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { data } from 'convoke'
import sharp from 'sharp'
import { folder } from './run.ts'

type Content = string | Uint8Array

/** A new folder with these files. */
export async function folderWith(files: Readonly<Record<string, Content>>): Promise<string> {
  const root = await folder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return root
}

export const pngOf = ({ shape: [height, width, channels = 1], data: values }: data.Values): Promise<Buffer> => {
  const bytes =
    values instanceof Float32Array ? Uint8Array.from(values, (v) => Math.round(v * 255)) : Uint8Array.from(values)
  return sharp(bytes, { raw: { width, height, channels: channels as 1 | 3 } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer()
}

/** Zeros, ones and twos drawn by Convoke, a folder each; `count` of each. */
export async function digitFiles(count: number, size = 12): Promise<Record<string, Content>> {
  const set = data.digits({ count: 10 * count, size, seed: 5 })
  const wanted = Array.from({ length: 10 * count }, (_, i) => i).filter((i) => i % 10 < 3)
  return Object.fromEntries(
    await Promise.all(
      wanted.map(async (i) => [
        `digits/${['zero', 'one', 'two'][i % 10]}/${i}.png`,
        await pngOf((await set.get(i)).image),
      ]),
    ),
  )
}
