// States of the view, drawn at random: every kind of convolution that it can show.

import type { Boundary } from 'convoke/shapes'
import fc from 'fast-check'
import { geometryOf, isMisfit } from '../geometry.ts'
import {
  boundaries,
  filterShape,
  firstState,
  groupsFit,
  inputShape,
  limits,
  product,
  reshape,
  type SlideState,
  withRank,
} from '../state.ts'

const whole = (name: keyof typeof limits, most: number = limits[name].most) =>
  fc.integer({ min: limits[name].least, max: Math.min(most, limits[name].most) })

/** Whole numbers, so that sums in float32 are exact. */
const values = (count: number) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: count, maxLength: count })

const sized = fc
  .record({ rank: fc.constantFrom<1 | 2>(1, 2), inputs: whole('channels'), outputs: whole('channels') })
  .chain(({ rank, inputs, outputs }) => {
    const each = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: rank, maxLength: rank })
    return fc
      .record({
        size: each(whole('size', 7)),
        kernel: each(whole('kernel', 4)),
        stride: each(whole('stride', 3)),
        dilation: each(whole('dilation', 3)),
        padding: each(fc.tuple(whole('padding', 5), whole('padding', 5))),
        outputPadding: each(whole('outputPadding', 2)),
        groups: fc.constantFrom(...[1, 2, 3, 4].filter((groups) => groupsFit(groups, inputs, outputs))),
        boundary: fc.constantFrom<Boundary>(...boundaries),
        transposed: fc.boolean(),
        flipped: fc.boolean(),
      })
      .map(({ size, kernel, groups, ...rest }): SlideState => {
        const base = withRank(firstState, rank)
        return {
          ...reshape(base, { size, kernel, groups, inputChannels: inputs, outputChannels: outputs }),
          ...rest,
          place: 0,
        }
      })
  })
  .filter((state) => !isMisfit(geometryOf(state)))

/** A state in which there is an output, with numbers of its own. */
export const anyState: fc.Arbitrary<SlideState> = sized
  .chain((state) =>
    fc.record({
      state: fc.constant(state),
      input: values(product(inputShape(state))),
      filter: values(product(filterShape(state))),
      channel: fc.integer({ min: 0, max: state.outputChannels - 1 }),
    }),
  )
  .map(({ state, ...rest }) => ({ ...state, ...rest }))

/** The same few of them every time. */
export const someStates = (count: number): SlideState[] => fc.sample(anyState, { seed: 7, numRuns: count })
