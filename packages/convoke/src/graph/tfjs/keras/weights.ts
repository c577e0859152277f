// Which weight of the file belongs to which layer. Names are paths, and those of different converters differ: `conv/kernel`,
// `model/conv/kernel`, `bidirectional/forward_lstm/lstm_cell/kernel`.

import type { TfjsTensor } from '../../../formats/tfjs/index.ts'

interface Named {
  readonly parts: readonly string[]
  readonly tensor: TfjsTensor
}

export class Weights {
  readonly #bySuffix = new Map<string, Named[]>()

  constructor(tensors: readonly TfjsTensor[]) {
    for (const tensor of tensors) {
      if (tensor.group === 'optimizer') continue
      const parts = tensor.name.replace(/:\d+$/, '').split('/')
      const suffix = parts[parts.length - 1]
      const known = this.#bySuffix.get(suffix)
      if (known === undefined) this.#bySuffix.set(suffix, [{ parts, tensor }])
      else known.push({ parts, tensor })
    }
  }

  /** Of a layer by its name: the name alone before the suffix is best, then one that has it among its parts. */
  find(layer: string, suffix: string): TfjsTensor | undefined {
    const all = this.#bySuffix.get(suffix) ?? []
    const path = layer.split('/')
    const places = all.flatMap(({ parts, tensor }) => {
      const before = parts.slice(0, -1)
      const at = before.findLastIndex((_, i) => path.every((part, j) => before[i + j] === part))
      return at < 0 ? [] : [{ tensor, distance: before.length - path.length - at, depth: at }]
    })
    places.sort((a, b) => a.distance - b.distance || a.depth - b.depth)
    return places[0]?.tensor
  }
}
