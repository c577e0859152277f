// What the programs that use a network are written from.

import type { NetworkChoice } from '../settings.ts'

export interface Used extends NetworkChoice {
  readonly classes: readonly string[]
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

export const weightsFile = 'network.safetensors'
export const picturesFile = 'pictures.safetensors'

export const networkSummary = ({ kernel, count, depth }: Used): string =>
  `A small CNN: ${depth === 1 ? 'one stage' : `${depth} stages`} of ${kernel} x ${kernel} convolutions, ${count} maps at first.`

/** Prints how often each class (rows) was read as each (columns), from \`found\` and \`truth\`. */
export const pythonTail = `
confusion = np.zeros((len(classes), len(classes)), int)
np.add.at(confusion, (truth, found), 1)
print(json.dumps({"accuracy": float((found == truth).mean()), "confusion": confusion.tolist()}))
`
