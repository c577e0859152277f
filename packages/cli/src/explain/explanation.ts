// A convolution taken apart: the padded input, every window, its products and its sum. Float64 throughout.

import { flipped, type Matrix } from 'convoke-workbench'
import { type Placement, place, type SlideOptions } from '../picture/placement.ts'

export interface Step {
  /** Where the sum lands. */
  readonly output: readonly [row: number, column: number]
  /** Upper left corner of the window in the padded input. */
  readonly corner: readonly [row: number, column: number]
  readonly window: Matrix
  /** What the window is multiplied with: the kernel as it slides. */
  readonly kernel: Matrix
  readonly products: Matrix
  readonly sum: number
}

export interface Explanation {
  readonly operation: 'correlation' | 'convolution'
  readonly input: Matrix
  readonly kernel: Matrix
  /** The kernel as it slides: flipped for a convolution. */
  readonly sliding: Matrix
  readonly options: SlideOptions
  readonly placement: Placement
  readonly padded: Matrix
  readonly output: Matrix
  step(row: number, column: number): Step
}

/** Throws `ConvokeError` when the kernel exceeds the padded input. */
export function explain(input: Matrix, kernel: Matrix, options: SlideOptions, convolve: boolean): Explanation {
  const placement = place([kernel.length, kernel[0].length], [input.length, input[0].length], options)
  const [rows, columns] = placement
  const sliding = convolve ? flipped(kernel) : kernel
  const padded = Array.from(rows.source, (y) => Array.from(columns.source, (x) => (y < 0 || x < 0 ? 0 : input[y][x])))

  const step = (row: number, column: number): Step => {
    const corner = [row * rows.stride, column * columns.stride] as const
    const window = sliding.map((line, m) =>
      line.map((_, n) => padded[corner[0] + m * rows.dilation][corner[1] + n * columns.dilation]),
    )
    const products = window.map((line, m) => line.map((value, n) => value * sliding[m][n] + 0))
    const sum = products.flat().reduce((total, product) => total + product, 0)
    return { output: [row, column], corner, window, kernel: sliding, products, sum }
  }
  const output = Array.from({ length: rows.output }, (_, row) =>
    Array.from({ length: columns.output }, (_, column) => step(row, column).sum),
  )
  const operation = convolve ? 'convolution' : 'correlation'
  return { operation, input, kernel, sliding, options, placement, padded, output, step }
}

/** The definition, with this stride, dilation and padding put in. */
export function formulaOf({ operation, placement }: Explanation): string {
  const index = (axis: 0 | 1) => {
    const { stride, dilation, before, kernel } = placement[axis]
    const [output, tap] = [['i', 'j'][axis], ['m', 'n'][axis]]
    const place = stride === 1 ? output : `${stride}·${output}`
    const reach = dilation === 1 ? tap : `${dilation}·${tap}`
    // A flipped kernel reads backwards from the far end of its window.
    const offset = operation === 'correlation' ? -before : (kernel - 1) * dilation - before
    const constant = offset === 0 ? '' : offset > 0 ? ` + ${offset}` : ` − ${-offset}`
    return operation === 'correlation' ? `${place} + ${reach}${constant}` : `${place}${constant} − ${reach}`
  }
  return `y(i, j) = Σ x(${index(0)}, ${index(1)}) · k(m, n)`
}

/** How the output size comes about along one axis, with the numbers put in. */
export function sizeOf({ size, kernel, stride, dilation, before, after, output }: Placement[0]): string {
  const places = size + before + after - dilation * (kernel - 1) - 1
  return `floor((${size} + ${before} + ${after} − ${dilation}·(${kernel} − 1) − 1) / ${stride}) + 1 = floor(${places} / ${stride}) + 1 = ${output}`
}
