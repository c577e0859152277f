// The definition with this view's stride, dilation and padding put in; docs/formulas.md has it in general.

import { extentOf } from 'convoke/shapes'
import { showNumber } from '../words/numbers.ts'
import { type Geometry, outputSize, placeOf, type Term } from './geometry.ts'
import type { SlideState } from './state.ts'

const names = { output: ['i', 'j'], tap: ['m', 'n'] } as const

const times = (factor: number, name: string): string => (factor === 1 ? name : `${factor}·${name}`)

const plus = (constant: number): string => (constant === 0 ? '' : constant > 0 ? ` + ${constant}` : ` − ${-constant}`)

/** The input's index along an axis, from the output's and the tap's. */
function indexText(state: SlideState, axis: number): string {
  const [output, tap] = [names.output[axis + 2 - state.rank], names.tap[axis + 2 - state.rank]]
  const [before, reach] = [state.padding[axis][0], state.dilation[axis]]
  const last = extentOf(state.kernel[axis], reach) - 1
  if (state.transposed) {
    // i·stride = o + before − t·dilation
    const inner = state.flipped
      ? `${output} + ${times(reach, tap)}${plus(before - last)}`
      : `${output} − ${times(reach, tap)}${plus(before)}`
    return state.stride[axis] === 1 ? inner : `(${inner}) / ${state.stride[axis]}`
  }
  const from = times(state.stride[axis], output)
  return state.flipped
    ? `${from} − ${times(reach, tap)}${plus(last - before)}`
    : `${from} + ${times(reach, tap)}${plus(-before)}`
}

export function definitionText(state: SlideState): string {
  const axes = state.size.map((_, axis) => axis)
  const outputs = axes.map((axis) => names.output[axis + 2 - state.rank]).join(', ')
  const taps = axes.map((axis) => names.tap[axis + 2 - state.rank]).join(', ')
  const inputs = axes.map((axis) => indexText(state, axis)).join(', ')
  const many = state.inputChannels > 1 || state.outputChannels > 1
  const [c, d] = many ? [', c', ', d'] : ['', '']
  return `y(${outputs}${d}) = Σ x(${inputs}${c}) · k(${taps}${c}${d})`
}

/** How the output's size along an axis comes about. */
export function sizeText(state: SlideState, geometry: Geometry, axis: number): string {
  const [n, s] = [state.size[axis], state.stride[axis]]
  const [p, q] = state.padding[axis]
  const extent = extentOf(state.kernel[axis], state.dilation[axis])
  const span = state.dilation[axis] === 1 ? `${extent}` : `(${state.dilation[axis]}·${state.kernel[axis] - 1} + 1)`
  const result = outputSize(geometry, state.rank)[axis]
  if (state.transposed) return `(${n} − 1)·${s} + ${span} − ${p} − ${q} + ${state.outputPadding[axis]} = ${result}`
  return `⌊(${n} + ${p} + ${q} − ${span}) / ${s}⌋ + 1 = ${result}`
}

/** `y(0, 1)`: the output that is watched. */
/** The place of an output; where there are several channels, that of its channel behind. */
export function outputText(state: SlideState, geometry: Geometry, place: number, channel: number): string {
  const index = placeOf(geometry, place).slice(2 - state.rank)
  return `(${[...index, ...(state.outputChannels > 1 ? [channel] : [])].join(', ')})`
}

export const placeText = (state: SlideState, geometry: Geometry, place: number, channel: number): string =>
  `y${outputText(state, geometry, place, channel)}`

/** A negative factor in brackets. */
const factor = (value: number): string => (value < 0 ? `(${showNumber(value)})` : showNumber(value))

export const termText = (state: SlideState, term: Term): string =>
  `${factor(term.input === undefined ? 0 : state.input[term.input])}·${factor(state.filter[term.weight])}`
