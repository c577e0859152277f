// Silhouettes of things in many classes, drawn by program: what the weights that Convoke ships were trained on. Pictures by formula in
// place of photographs follow Kataoka et al. 2020, "Pre-training without Natural Images".

import { type data, deriveSeed, randomSource } from 'convoke'
import { type Design, designOf } from './designs.ts'
import { draw } from './draw.ts'
import { wardrobe } from './wardrobe.ts'

export interface SilhouetteOptions {
  readonly count: number
  /** Of the pictures; the classes are always the same. */
  readonly seed: number
  /** Pixels a side. */
  readonly size: number
}

/** What a byte can number, and a little less. */
const classes = 250

const invented: readonly Design[] = Array.from({ length: classes - wardrobe.length }, (_, at) => designOf(at))

/** The classes in turn: things to wear first, then things that are nothing. Example i depends on the seed and i alone. */
export function silhouettes({ count, seed, size }: SilhouetteOptions): data.Dataset<data.ClassifiedPicture> {
  return {
    length: count,
    classes: Array.from({ length: classes }, (_, label) => String(label)),
    labelOf: (index) => index % classes,
    get(index) {
      const label = index % classes
      const random = randomSource(deriveSeed(seed, 'silhouette', index))
      const design = label < wardrobe.length ? wardrobe[label](random) : invented[label - wardrobe.length]
      return { image: { shape: [size, size, 1], data: draw(design, size, random) }, label }
    },
  }
}
