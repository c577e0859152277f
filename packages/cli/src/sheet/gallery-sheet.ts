// Every kernel of the gallery on one picture.

import { fromGallery, gallery, type Kernel } from 'convoke-workbench'
import { develop } from '../picture/develop.ts'
import type { Filter } from '../picture/filter.ts'
import type { Picture, Samples } from '../picture/picture.ts'
import { place } from '../picture/placement.ts'
import { mappingOf } from '../picture/range.ts'
import { breathe, startProgress } from '../terminal/progress.ts'
import { drawSheet, type Tile } from './tiles.ts'

/** Parameters at which a kernel shows what it does on a small picture. */
const shown: Readonly<Record<string, readonly string[]>> = {
  box: ['box:5'],
  gaussian: ['gaussian:2'],
  motion: ['motion:15,30'],
  unsharp: ['unsharp:1.5,1'],
  'high-pass': ['high-pass:7'],
  kirsch: ['kirsch:0', 'kirsch:90'],
  robinson: ['robinson:45'],
  gabor: ['gabor:0,6', 'gabor:90,6'],
  ridge: ['ridge:1.5,0'],
}

const magnitudes: readonly string[] = ['sobel', 'gaussian-d:1.5']

const find = (name: string): readonly Kernel[] => fromGallery(name) ?? []

/** What the sheet shows: the gallery in its order, then the magnitude of two pairs. */
export function sheetFilters(): Filter[] {
  const names = gallery.flatMap(({ name }) => shown[name] ?? [name])
  const single = names.flatMap((name) => find(name).map((kernel): Filter => ({ name, kernels: [kernel] })))
  const combined = magnitudes.map((name): Filter => {
    const [a, b] = find(name)
    return { name, kernels: [a, b] }
  })
  return [...single, ...combined]
}

/** Filters `picture` as `apply` does with its defaults (range auto, reflected edges), at 8 bits. */
export async function filterWhole(picture: Picture, filter: Filter): Promise<Picture> {
  const { width, height } = picture
  const placements = filter.kernels.map(({ rows }) =>
    place([rows.length, rows[0].length], [height, width], {
      padding: 'same',
      boundary: 'reflect',
      stride: [1, 1],
      dilation: [1, 1],
    }),
  )
  const kind = { signed: filter.kernels[0].signed, magnitude: filter.kernels.length === 2, floats: false }
  const development = { view: { gray: false, linear: false }, mapping: mappingOf('auto', kind), sample: 8 } as const
  const { head, values } = await develop(picture, filter, placements, development)
  return { ...head, samples: values as Samples }
}

const captionOf = ({ kernels }: Filter): string => {
  const [{ rows, signed }] = kernels
  if (kernels.length === 2) return '√(x² + y²)'
  return `${rows.length}×${rows[0].length} · ${signed ? '0 is middle grey' : 'clipped'}`
}

/** The sheet as PNG bytes. `picture` should be small: it is drawn once for each kernel. */
export async function gallerySheet(
  picture: Picture,
  title: string,
  columns = 6,
): Promise<{ png: Buffer; count: number }> {
  const filters = sheetFilters()
  const progress = await startProgress('convoke gallery', filters.length)
  const original = { name: 'the picture', caption: `${picture.width} × ${picture.height}`, picture, kernels: [] }
  const tiles: Tile[] = [original]
  try {
    for (const filter of filters) {
      const { name, kernels } = filter
      tiles.push({
        name,
        caption: captionOf(filter),
        picture: await filterWhole(picture, filter),
        kernels: kernels.map(({ rows }) => rows),
      })
      progress.advance(1)
      await breathe()
    }
  } finally {
    progress.stop()
  }
  const subtitle =
    'Kernels slide as written (correlation); edges are reflected. Small squares: the kernel, orange above zero, blue below.'
  return { png: await drawSheet(title, subtitle, tiles, columns), count: filters.length }
}
