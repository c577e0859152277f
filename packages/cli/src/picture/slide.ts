// The library behind the strips: one convolution of one channel a kernel, the planes of a strip being its batch.

import { explainPlan } from 'convoke/explain'
import { conv2d, correlate } from 'convoke/ops'
import { keep, type Tensor, tensor } from 'convoke/tensor'
import type { Matrix } from 'convoke-workbench'
import { separate } from '../kernel/separate.ts'
import type { Slide } from './filter.ts'
import type { Placement } from './placement.ts'

/** A kernel on the backend, once: the library keeps what it makes of it, such as a spectrum, for as long as it stays. */
interface Loaded {
  /** `[rows, columns, 1, 1]` */
  readonly filter: Tensor
  /** A column and a row whose product it is, where two passes are fewer products by far. */
  readonly halves: readonly [Tensor, Tensor] | undefined
  /** How the planner would run it, by what it was asked: asking takes ten milliseconds. */
  readonly algorithms: Map<string, string>
}

const loaded = new WeakMap<Matrix, Loaded>()

function load(kernel: Matrix): Loaded {
  const known = loaded.get(kernel)
  if (known !== undefined) return known
  const filter = keep(tensor(kernel.flat(), { shape: [kernel.length, kernel[0].length, 1, 1] }))
  const found = separate(kernel)
  const halves = found && ([keep(tensor([...found.column])), keep(tensor([...found.row]))] as const)
  const made = { filter, halves, algorithms: new Map<string, string>() }
  loaded.set(kernel, made)
  return made
}

const stepsOf = ([rows, columns]: Placement) => ({
  stride: [rows.stride, columns.stride] as const,
  dilation: [rows.dilation, columns.dilation] as const,
})

/** Whether the kernel steps pixel by pixel, where the library knows faster ways than products. */
const isPlain = (placement: Placement): boolean =>
  placement.every(({ stride, dilation }) => stride === 1 && dilation === 1)

/** From this side on two passes beat the FFT, which the planner prefers to its own; measured. */
const longSide = 26

const isLong = (kernel: Matrix): boolean => Math.max(kernel.length, kernel[0].length) >= longSide

/** 'exact': sums of products alone, in two passes where a kernel allows it; 'fast': whatever the planner finds, by its bound. */
export function slideBy(precision: 'exact' | 'fast'): Slide {
  const inPasses = (kernel: Matrix, placement: Placement) =>
    precision === 'exact' || !isPlain(placement) || isLong(kernel) ? load(kernel).halves : undefined
  return {
    run: (planes, kernel, placement) => {
      const [count, rows, columns] = planes.shape
      const x = planes.view([count, rows, columns, 1])
      const halves = inPasses(kernel, placement)
      const y = halves
        ? correlate(x, halves, { ...stepsOf(placement), method: 'direct' })
        : conv2d(x, load(kernel).filter, { ...stepsOf(placement), padding: 'valid', precision })
      return y.view(y.shape.slice(0, 3))
    },
    products: ([planes, rows, columns], kernel, placement) => {
      const [height, width] = [kernel.length, kernel[0].length]
      if (inPasses(kernel, placement) !== undefined) return height + width
      const options = { ...stepsOf(placement), padding: 'valid', precision } as const
      const { filter, algorithms } = load(kernel)
      const key = JSON.stringify([planes, rows, columns, options])
      const algorithm = algorithms.get(key) ?? explainPlan([planes, rows, columns, 1], filter, options).algorithm
      algorithms.set(key, algorithm)
      if (algorithm === 'separable') return height + width
      // Passes of transforms and a product: about as many operations a result, however large the kernel.
      return algorithm === 'fft' || algorithm === 'winograd' ? Math.min(height * width, 100) : height * width
    },
  }
}
