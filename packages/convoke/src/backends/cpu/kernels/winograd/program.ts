// The fused Winograd convolution as one program: a task transforms a block of windows, multiplies them with one block of
// output channels after another, and transforms and finishes each while it is in cache.

import type { Epilogue } from '../../../backend.ts'
import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { emitInputTransform } from './input-transform.ts'
import { scratchOf, type WinogradLayout } from './layout.ts'
import { emitOutputTransform } from './output-transform.ts'
import { emitProducts } from './products.ts'

/**
 * Arguments: `x`, `filter` (packed; at its first block), `bias`, `residual`, `y` (each at its first channel), `tiles`
 * (records of `tiles.ts`), `scratch`; `tileCount`, `fullBlocks`, `restBlocks` (0 or 1), `inputRowBytes`, `outputRowBytes`.
 */
export function winogradProgram(layout: WinogradLayout, epilogue: Epilogue | null, target: Target): Program {
  const { algorithm, rows, vectors, restVectors, restLanes } = layout
  const { outputs, taps } = algorithm
  const scratch = scratchOf(layout, target)
  return vectorProgram(`winograd F(${outputs}x${outputs},${taps}x${taps}) ${rows}x${vectors}`, target, (b) => {
    emitInputTransform(b, layout, scratch)
    const filter = b.pointer('filter')
    const channelBytes = b.set(0)
    if (layout.fullBlocks > 0) {
      b.loop(b.integer('fullBlocks'), () => {
        emitProducts(b, layout, vectors, filter, scratch)
        emitOutputTransform(b, layout, epilogue, vectors, 0, channelBytes, scratch)
        b.integerAdd(channelBytes, vectors * b.bytes, channelBytes)
      })
    }
    if (restVectors > 0) {
      b.loop(b.integer('restBlocks'), () => {
        emitProducts(b, layout, restVectors, filter, scratch)
        emitOutputTransform(b, layout, epilogue, restVectors, restLanes, channelBytes, scratch)
      })
    }
  })
}
