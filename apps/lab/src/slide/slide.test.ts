// The view's arithmetic beside the library's: where windows lie, what they add up to, what the address keeps.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAddress, writeAddress } from './address.ts'
import { computeSlide, slide } from './compute.ts'
import { sizeText } from './formula.ts'
import { fedBy, type Geometry, geometryOf, isMisfit, outputSize, placeNear, placeOf, termsOf } from './geometry.ts'
import { paddingOf } from './padding.ts'
import { questions } from './questions.ts'
import {
  firstState,
  inputShape,
  limits,
  product,
  reshape,
  type SlideState,
  widened,
  withRank,
  withValue,
} from './state.ts'
import { anyState } from './testing/states.ts'

const fits = (state: SlideState): Geometry => {
  const found = geometryOf(state)
  if (isMisfit(found)) throw new Error(`does not fit: ${found.kind}`)
  return found
}

describe('the worked example', () => {
  it('gives the 4 × 4 output', async () => {
    const { answer } = await computeSlide(firstState)
    expect(answer.shape).toEqual([4, 4, 1])
    expect([...answer.output]).toEqual([8, 10, 12, 14, 18, 20, 22, 24, 28, 30, 32, 34, 38, 40, 42, 44])
  })

  it('sees 1, 2, 6 and 7 in its first window, and feeds four outputs from an inner input', () => {
    const geometry = fits(firstState)
    const terms = termsOf(firstState, geometry, 0, 0)
    expect(terms.map(({ input }) => firstState.input[input!])).toEqual([1, 2, 6, 7])
    expect(terms.map(({ weight }) => firstState.filter[weight])).toEqual([1, 0, 0, 1])
    expect([...fedBy(firstState, geometry, 0).keys()]).toEqual([0])
    expect([...fedBy(firstState, geometry, 12).keys()]).toEqual([5, 6, 9, 10])
  })
})

describe('any convolution', () => {
  it('has the output size that the library gives, and the products of each window add up to it', async () => {
    await fc.assert(
      fc.asyncProperty(anyState, async (state) => {
        const geometry = fits(state)
        const { answer } = await computeSlide(state)
        expect(answer.shape).toEqual([...outputSize(geometry, state.rank), state.outputChannels])
        const terms = termsOf(state, geometry, 0, state.channel).length
        const { places } = geometry
        expect(answer.products).toHaveLength(state.outputChannels * places * terms)
        for (let output = 0; output < state.outputChannels * places; output++) {
          const sum = answer.products.slice(output * terms, (output + 1) * terms).reduce((a, b) => a + b, 0)
          const [channel, place] = [Math.floor(output / places), output % places]
          expect(sum).toBe(answer.output[place * state.outputChannels + channel])
        }
      }),
      { numRuns: 150 },
    )
  })

  it('feeds from an input exactly the outputs that change with it', async () => {
    await fc.assert(
      fc.asyncProperty(anyState, fc.nat(), async (state, pick) => {
        const geometry = fits(state)
        const element = pick % product(state.size)
        // Ones add up, so that no two taps cancel.
        const ones = { ...state, filter: state.filter.map(() => 1), groups: 1 as const }
        const shaped = reshape(ones, { inputChannels: 1, outputChannels: 1, groups: 1 })
        const summing = { ...shaped, filter: shaped.filter.map(() => 1), channel: 0 }
        const before = await slide(summing).data()
        const after = await slide(withValue(summing, 'input', element, summing.input[element] + 1)).data()
        const changed = [...before].flatMap((value, place) => (after[place] === value ? [] : [place]))
        expect([...fedBy(summing, geometry, element).keys()].sort((a, b) => a - b)).toEqual(changed)
      }),
      { numRuns: 60 },
    )
  })

  it('comes back from its address', () => {
    fc.assert(
      fc.property(anyState, fc.nat(), (state, pick) => {
        const watched = { ...state, place: pick % fits(state).places }
        const { state: read, refused } = readAddress(new URLSearchParams(writeAddress(watched).toString()))
        expect(refused).toEqual([])
        expect(read).toEqual(watched)
      }),
    )
  })

  it('has each of its windows found by the cell in its middle', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const geometry = fits(state)
        for (let place = 0; place < geometry.places; place++) {
          const at = placeOf(geometry, place)
          const middle = geometry.axes.map(({ step, extent }, axis) => at[axis] * step + (extent - 1) / 2)
          expect(placeNear(geometry, [middle[0], middle[1]])).toBe(place)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('an address', () => {
  it('without parameters is the worked example, and the worked example needs none', () => {
    expect(readAddress(new URLSearchParams())).toEqual({ state: firstState, refused: [] })
    expect(writeAddress(firstState).toString()).toBe('')
  })

  it.each([
    ['size=900x5', ['size']],
    ['size=5', ['size']],
    ['kernel=axb', ['kernel']],
    ['stride=0,1&dilation=1.5,1', ['stride', 'dilation']],
    ['edge=__proto__&kind=constructor&axes=7', ['axes', 'kind', 'edge']],
    ['x=1,2,3', ['x']],
    ['w=1,0,0,1e99', ['w']],
    ['w=1,0,,1', ['w']],
    ['channels=3,2&groups=2', ['groups']],
    ['at=16&channel=-1', ['at', 'channel']],
    ['padding=1,1,1', ['padding']],
  ])('%s: names what it refuses, and shows the usual in its place', (query, names) => {
    const { state, refused } = readAddress(new URLSearchParams(query))
    expect([...refused].sort()).toEqual([...names].sort())
    expect(isMisfit(geometryOf(state))).toBe(false)
  })

  it('of any text gives a state within limits', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('size', 'kernel', 'x', 'w', 'at', 'edge', 'groups'), fc.string()),
        (raw) => {
          const { state } = readAddress(new URLSearchParams(raw))
          expect(state.input).toHaveLength(product(inputShape(state)))
          for (const size of state.size) expect(size).toBeLessThanOrEqual(limits.size.most)
        },
      ),
    )
  })
})

describe('a change of size', () => {
  it('keeps the numbers that still have a place', () => {
    const typed = withValue(firstState, 'input', 6, 70)
    expect(reshape(typed, { size: [3, 4] }).input).toEqual([1, 2, 3, 4, 6, 70, 8, 9, 11, 12, 13, 14])
    expect(reshape(firstState, { kernel: [3, 3] }).filter).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 0])
  })

  it('goes on counting where the input counts', () => {
    expect(reshape(firstState, { size: [2, 3] }).input).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('comes back from one axis with the rows that it had, and with what was changed along the other', () => {
    const before: SlideState = {
      ...withValue(reshape(firstState, { size: [3, 4], kernel: [3, 2] }), 'input', 9, -7),
      ...{
        stride: [2, 1],
        padding: [
          [1, 0],
          [0, 2],
        ] as const,
      },
    }
    expect(widened(withRank(before, 1), before)).toEqual({ ...before, place: 0 })
    const narrow = { ...withValue(withRank(before, 1), 'input', 3, 40), stride: [3] }
    const after = widened(narrow, before)
    expect([after.stride, after.input[3], after.input[9], after.size]).toEqual([[2, 3], 40, -7, [3, 4]])
    expect(widened(withRank(before, 1), undefined).size).toEqual([4, 4])
  })

  it('to one axis and back keeps the first row', () => {
    const row = withRank(withValue(firstState, 'input', 2, 30), 1)
    expect(row).toMatchObject({ size: [5], kernel: [2], input: [1, 2, 30, 4, 5], filter: [1, 0] })
    expect(withRank(row, 2).input.slice(0, 5)).toEqual([1, 2, 30, 4, 5])
  })
})

it('A kernel that does not fit says along which axis, and named paddings have their definition', () => {
  expect(geometryOf(reshape(firstState, { size: [5, 1] }))).toMatchObject({
    ...{ kind: 'kernel-too-large', axis: 1, extent: 2, padded: 1 },
  })
  const wide = reshape(firstState, { kernel: [3, 4] })
  expect(paddingOf(wide, 'same')).toEqual([
    [1, 1],
    [1, 2],
  ])
  expect(outputSize(fits({ ...wide, padding: paddingOf(wide, 'same')! }), 2)).toEqual([5, 5])
  expect(outputSize(fits({ ...wide, padding: paddingOf(wide, 'full')! }), 2)).toEqual([7, 8])
  expect(sizeText(wide, fits(wide), 1)).toBe('⌊(5 + 0 + 0 − 4) / 1⌋ + 1 = 2')
})

// Worked out by hand; the reasons stand in the page.
it.each([
  ['same', 1],
  ['stride', 3],
  ['dilation', 5],
  ['feeds', 9],
  ['flip', -1],
  ['groups', 72],
  ['transposed', 6],
])('The question "%s" is answered by %i, which is offered and shown', async (id, answer) => {
  const question = questions.find((one) => one.id === id)!
  expect(question.right).toBe(answer)
  expect(question.options).toContain(answer)
  const { output } = (await computeSlide(question.shown)).answer
  expect(output.every(Number.isFinite)).toBe(true)
  if (id === 'flip') expect([...output]).toEqual([-1, -1, -1, -1])
})
