// What travels with a network that was trained: how its inputs are prepared and what its outputs mean.

import type { Normalization } from './pictures.ts'

interface Shipped {
  readonly task: string
  readonly classes: readonly string[]
  readonly picture: (Normalization & { readonly height: number; readonly width: number }) | null
  readonly data: object
}

/** The part of a configuration that travels with the weights: nothing of this machine's folders. */
export const shippedConfig = <C extends Pick<Shipped, 'data'>>(config: C): string =>
  JSON.stringify({ ...config, data: { ...config.data, path: undefined } })

/** Texts that go with a model file, by name; `convoke predict` reads its pictures by them. */
export function shippedMetadata(config: Shipped): Record<string, string> {
  const { task, classes, picture } = config
  const told: Record<string, string> = { task, convoke: shippedConfig(config) }
  if (classes.length > 0) told['classes'] = JSON.stringify(classes)
  if (picture !== null && task !== 'generate') {
    const { height, width, mean, deviation } = picture
    told['convoke.preprocessing'] = JSON.stringify({
      ...{ size: [height, width], fit: 'crop', mean, std: deviation, range: 1 },
      ...(classes.length > 0 && { labels: classes }),
    })
  }
  return told
}
