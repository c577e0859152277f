// The Winograd convolution as programs: transform windows, multiply them with one block of output channels after another,
// transform and finish each block while it is in cache.

import type { Epilogue } from '../../../backend.ts'
import { type Builder, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { emitInputTransform } from './input-transform.ts'
import type { WinogradLayout } from './layout.ts'
import { emitOutputTransform } from './output-transform.ts'
import { emitProducts } from './products.ts'

export const algorithmName = ({ algorithm: { outputs, taps } }: WinogradLayout): string =>
  `winograd F(${outputs}x${outputs},${taps}x${taps})`

const tileName = ({ rows, vectors }: WinogradLayout): string => `${rows}x${vectors}`

function emitOutputs(b: Builder, layout: WinogradLayout, epilogue: Epilogue | null): void {
  const { fullBlocks, vectors, restVectors, restLanes } = layout
  const filter = b.pointer('filter')
  const channelBytes = b.set(0)
  const block = (width: number, lastLanes: number): void => {
    emitProducts(b, layout, width, filter)
    emitOutputTransform(b, layout, epilogue, width, lastLanes, channelBytes)
    b.integerAdd(channelBytes, width * b.bytes, channelBytes)
  }
  if (fullBlocks > 0) b.loop(b.integer('fullBlocks'), () => block(vectors, b.lanes))
  if (restVectors > 0) b.loop(b.integer('restBlocks'), () => block(restVectors, restLanes))
}

/**
 * All of it for one block of tiles. Arguments: `x`; `filter` (packed), `bias`, `residual` and `y` at their first block of
 * output channels; `tiles` (records of `tiles.ts`); the scratch `windows`, `products`, `patch`; `tileCount`, `fullBlocks`,
 * `restBlocks` (0 or 1), `inputRowBytes`, `outputRowBytes`.
 */
export const fusedProgram = (layout: WinogradLayout, epilogue: Epilogue | null, target: Target): Program =>
  vectorProgram(`${algorithmName(layout)} ${tileName(layout)}`, target, (b) => {
    emitInputTransform(b, layout)
    emitOutputs(b, layout, epilogue)
  })

/** The transform of the windows alone. */
export const windowsProgram = (layout: WinogradLayout, target: Target): Program =>
  vectorProgram(`${algorithmName(layout)} windows`, target, (b) => emitInputTransform(b, layout))

/** What follows it. */
export const outputsProgram = (layout: WinogradLayout, epilogue: Epilogue | null, target: Target): Program =>
  vectorProgram(`${algorithmName(layout)} ${tileName(layout)}`, target, (b) => emitOutputs(b, layout, epilogue))
