// Thousands of shapes that never return, forward and backward: what is kept for each must stay within a bound.

import { scope, valueAndGradients } from '../../../../autodiff/index.ts'
import { add, averagePool, conv2d, maxPool, mean, multiply, relu, sum } from '../../../../ops/index.ts'
import { ones } from '../../../../tensor/index.ts'
import { heapInUse } from '../../../../testing/live-heap.ts'
import { useBackend } from '../../../current.ts'
import { backends } from '../../../registry.ts'
import { createDraw } from './fuzz-case.ts'

/** A small network over a picture of this size; every size is planned anew. */
function step(height: number, width: number, channels: number, filters: number): void {
  scope(() => {
    const [x, filter, bias] = [ones([1, height, width, channels]), ones([3, 3, channels, filters]), ones([filters])]
    const loss = () => {
      const features = relu(add(conv2d(x, filter, { padding: 'same' }), bias))
      const pooled = add(maxPool(features, 2), averagePool(features, 2))
      return sum(mean(multiply(pooled, pooled), { axes: [1, 2] }))
    }
    valueAndGradients(loss, [x, filter, bias])
  })
}

/** Which sizes there are. */
export interface ShapePlan {
  readonly count: number
  readonly seed: number
  /** How many heights each width is tried with. */
  readonly heights: number
  /** Bytes of the JavaScript heap by which it may be larger at the end than half-way. */
  readonly growth: number
}

export const manyShapes: Omit<ShapePlan, 'count' | 'seed'> = { heights: 100, growth: 2 ** 23 }

/** So many shapes on each backend of the engine that is available, in words, and whether the heap stayed as it was half-way. */
export async function shapes(
  { count, seed, heights, growth }: ShapePlan,
  progress: (done: number) => void = () => {},
): Promise<{ readonly lines: readonly string[]; readonly constant: boolean }> {
  const lines: string[] = []
  let constant = true
  for (const { name, available } of backends()) {
    if (!available || (name !== 'native' && name !== 'wasm')) continue
    await useBackend(name)
    let middle = 0
    for (let i = 0; i < count; i++) {
      const draw = createDraw(seed, i)
      // No shape comes twice.
      step(2 + (i % heights), 2 + Math.floor(i / heights), draw.between(1, 3), draw.between(1, 4))
      if (i === Math.floor(count / 2)) middle = heapInUse()
      if (i % 50 === 0) progress(i)
    }
    const end = heapInUse()
    constant &&= end - middle < growth
    const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
    lines.push(`${name}: ${count} shapes, heap ${megabytes(middle)} half-way, ${megabytes(end)} at the end`)
  }
  return { lines, constant }
}
