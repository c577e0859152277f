// The convolution anyone would write by hand: what large kernels are judged against.

import type { Contender } from './contender.ts'

/** One channel, stride 1, equal padding, `[height, width]` by `[rows, columns]`, in plain TypeScript. */
export function directLoop(
  input: Float32Array,
  [height, width]: readonly number[],
  filter: Float32Array,
  [rows, columns]: readonly number[],
  output: Float32Array,
): void {
  const above = (rows - 1) >> 1
  const left = (columns - 1) >> 1
  for (let y = 0; y < height; y++) {
    const firstRow = Math.max(0, above - y)
    const lastRow = Math.min(rows, height + above - y)
    for (let x = 0; x < width; x++) {
      const firstColumn = Math.max(0, left - x)
      const lastColumn = Math.min(columns, width + left - x)
      let sum = 0
      for (let r = firstRow; r < lastRow; r++) {
        const line = (y + r - above) * width + x - left
        for (let c = firstColumn; c < lastColumn; c++) sum += input[line + c] * filter[r * columns + c]
      }
      output[y * width + x] = sum
    }
  }
}

/** The loop as a contender, for the pictures only. */
export const directLoopContender: Contender = {
  ...{ name: 'direct loop', family: 'native', role: 'variant', threads: 1 },
  enters: ({ layer, mode }) => layer.set === 'picture' && mode === 'forward',
  prepare: async ({ spec, input, filter }) => {
    const output = new Float32Array(input.length)
    const run = (): void => directLoop(input, spec.inputSize, filter, spec.kernel, output)
    return {
      ...{ kernel: 'TypeScript loop', algorithm: 'loop', run },
      outputs: async () => {
        run()
        return [output]
      },
      dispose: () => {},
    }
  },
}
