// What the view asks of the worker.

import { task } from '../engine/protocol.ts'
import type { SlideState } from './state.ts'

export interface SlideAnswer {
  /** `[...output, outputChannels]`, row by row. */
  readonly output: Float32Array
  readonly shape: readonly number[]
  /** Products of every channel, `[outputChannels, places, terms]`: what `termsOf` lists. */
  readonly products: Float32Array
  /** What computed it: `wasm`, `reference`. */
  readonly backend: string
}

/** The state without what only says where somebody looks. */
export type SlideQuestion = Omit<SlideState, 'place' | 'channel'>

export const slideTask = task<SlideQuestion, SlideAnswer>('slide')
