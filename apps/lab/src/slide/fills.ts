// Numbers to begin with: inputs and kernels worth looking at.

import { indicesOf, inputShape, offsetOf, type SlideState } from './state.ts'

export type InputFill = 'count' | 'digits' | 'step' | 'dot' | 'ones'
export type KernelFill = 'diagonal' | 'mean' | 'difference' | 'sobel' | 'laplacian' | 'one'

export const inputFills: readonly InputFill[] = ['count', 'digits', 'step', 'dot', 'ones']
export const kernelFills: readonly KernelFill[] = ['diagonal', 'mean', 'difference', 'sobel', 'laplacian', 'one']

const middle = (size: number): number => Math.floor((size - 1) / 2)

const inputs: Record<InputFill, (index: readonly number[], size: readonly number[], channel: number) => number> = {
  count: (index, size) => offsetOf(index, size) + 1,
  // A fixed scatter of the digits (multiplication by a primitive root of 101).
  digits: (index, size, channel) => (2 ** ((offsetOf(index, size) + 37 * channel) % 50) % 101) % 10,
  step: (index, size) => (index[index.length - 1] >= Math.floor(size[size.length - 1] / 2) ? 1 : 0),
  dot: (index, size) => (index.every((i, axis) => i === middle(size[axis])) ? 1 : 0),
  ones: () => 1,
}

export function fillInput(state: SlideState, fill: InputFill): SlideState {
  const { rank, size } = state
  const input = indicesOf(inputShape(state)).map((index) => inputs[fill](index.slice(0, rank), size, index[rank]))
  return { ...state, input }
}

/** The same kernel for every pair of channels. Some have a size of their own. */
export function fillKernel(state: SlideState, fill: KernelFill): SlideState {
  const made = kernelNumbers(fill, state.kernel)
  const pairs = (state.inputChannels / state.groups) * state.outputChannels
  return { ...state, kernel: made.kernel, filter: made.taps.flatMap((value) => Array<number>(pairs).fill(value)) }
}

interface KernelNumbers {
  readonly kernel: readonly number[]
  readonly taps: readonly number[]
}

function kernelNumbers(fill: KernelFill, kernel: readonly number[]): KernelNumbers {
  const flat = kernel.length === 1
  const every = (value: (index: readonly number[]) => number): KernelNumbers => ({
    kernel,
    taps: indicesOf(kernel).map(value),
  })
  const count = kernel.reduce((total, size) => total * size, 1)
  switch (fill) {
    case 'diagonal':
      return every((index) => (flat || index[0] === index[1] ? 1 : 0))
    case 'mean':
      return every(() => Number((1 / count).toPrecision(4)))
    case 'one':
      return every((index) => (index.every((i, axis) => i === middle(kernel[axis])) ? 1 : 0))
    case 'difference':
      return flat ? { kernel: [2], taps: [-1, 1] } : { kernel: [1, 2], taps: [-1, 1] }
    case 'sobel':
      return flat ? { kernel: [3], taps: [-1, 0, 1] } : { kernel: [3, 3], taps: [-1, 0, 1, -2, 0, 2, -1, 0, 1] }
    case 'laplacian':
      return flat ? { kernel: [3], taps: [1, -2, 1] } : { kernel: [3, 3], taps: [0, 1, 0, 1, -4, 1, 0, 1, 0] }
  }
}
