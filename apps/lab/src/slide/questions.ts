// Questions to see whether the idea has arrived. What is right is computed by the library's arithmetic, not written down.

import { convOutputSize, extentOf, type PaddingPair } from 'convoke/shapes'
import { fillInput, fillKernel } from './fills.ts'
import { fedBy, geometryOf, isMisfit } from './geometry.ts'
import { filterShape, firstState, product, reshape, type SlideState, withRank } from './state.ts'

export type QuestionId = 'same' | 'stride' | 'dilation' | 'flip' | 'feeds' | 'groups' | 'transposed'

export interface Question {
  readonly id: QuestionId
  readonly options: readonly number[]
  readonly right: number
  /** The state in which the answer can be seen. */
  readonly shown: SlideState
}

const even = (width: number): PaddingPair[] => [
  [width, width],
  [width, width],
]

const square = (size: number, kernel: number, more: Partial<SlideState> = {}): SlideState =>
  reshape(firstState, { size: [size, size], kernel: [kernel, kernel], ...more })

const outputOf = (size: number, kernel: number, stride: number, dilation: number, width: number): number =>
  convOutputSize(size, kernel, stride, dilation, [width, width])

const samePadding = [0, 1, 2, 3].find((width) => outputOf(5, 3, 1, 1, width) === 5)!
const centre = square(5, 3, { padding: even(1) })
const fed = (state: SlideState, element: number): number => {
  const geometry = geometryOf(state)
  return isMisfit(geometry) ? 0 : fedBy(state, geometry, element).size
}
const grouped = square(4, 3, { inputChannels: 4, outputChannels: 4, groups: 2, padding: even(1) })
const upsampled = square(3, 2, { transposed: true, stride: [2, 2] })
const upsampledGeometry = geometryOf(upsampled)

export const questions: readonly Question[] = [
  { id: 'same', options: [0, 1, 2, 3], right: samePadding, shown: square(5, 3, { padding: even(samePadding) }) },
  { id: 'stride', options: [2, 3, 4, 5], right: outputOf(7, 3, 2, 1, 0), shown: square(7, 3, { stride: [2, 2] }) },
  { id: 'dilation', options: [3, 4, 5, 6], right: extentOf(3, 2), shown: square(7, 3, { dilation: [2, 2] }) },
  { id: 'feeds', options: [1, 3, 5, 9], right: fed(centre, 12), shown: centre },
  // −1 then 1 slides as it is: 1·2 − 1·1. Turned it gives −1.
  {
    id: 'flip',
    options: [-1, 0, 1, 2],
    right: -1,
    shown: { ...fillKernel(fillInput(withRank(firstState, 1), 'count'), 'difference'), flipped: true },
  },
  { id: 'groups', options: [36, 72, 144, 288], right: product(filterShape(grouped)), shown: grouped },
  {
    id: 'transposed',
    options: [3, 4, 5, 6],
    right: isMisfit(upsampledGeometry) ? 0 : upsampledGeometry.axes[0].output,
    shown: upsampled,
  },
]
