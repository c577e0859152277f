// A drawn network, compiled and as it is.

import { scope } from '../../autodiff/gradients.ts'
import { randomNormal } from '../../tensor/index.ts'
import { compile } from '../index.ts'
import { drawnNetwork } from './random-network.ts'

/** What may differ, of the largest value (1 at least): folded filters are rounded once more, and errors grow through a dozen layers. */
export const agreeing = 3e-5

/** What is wrong with the network of a seed on the current backend; null where nothing is. */
export function problemOf(seed: number): string | null {
  return scope(() => {
    const { network, shape } = drawnNetwork(seed)
    const fast = compile(network, [shape])
    try {
      for (const other of [1, 2]) {
        const x = randomNormal(shape, { seed: other })
        const [found, expected] = [fast(x), network(x)]
        for (const [i, y] of found.entries()) {
          if (y.shape.join() !== expected[i].shape.join())
            return `output ${i} is [${y.shape.join(', ')}] compiled, [${expected[i].shape.join(', ')}] otherwise`
          const error = largestError(y.dataSync(), expected[i].dataSync())
          if (!(error < agreeing)) return `output ${i} differs by ${error.toExponential(1)}`
        }
      }
      return null
    } finally {
      fast.dispose()
    }
  })
}

function largestError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, scale] = [0, 1]
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(found[i], expected[i])) continue
    const difference = Math.abs(found[i] - expected[i])
    error = Math.max(error, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    scale = Math.max(scale, Math.abs(expected[i]))
  }
  return error / scale
}
