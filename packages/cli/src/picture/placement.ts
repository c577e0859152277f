// Where the windows of a kernel lie on a picture, along rows and along columns.

import { check, convOutputSize, extentOf } from 'convoke/shapes'
import { type Boundary, insideOf } from './boundary.ts'

/** `same`: as large as the input at stride 1, centred as scipy.signal does; `full`: every position that touches it. */
export type PaddingOption =
  | 'same'
  | 'valid'
  | 'full'
  | readonly [top: number, bottom: number, left: number, right: number]

export interface SlideOptions {
  readonly padding: PaddingOption
  readonly boundary: Boundary
  /** Along rows, along columns. */
  readonly stride: readonly [number, number]
  readonly dilation: readonly [number, number]
}

export interface AxisPlacement {
  /** Length of the input. */
  readonly size: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly before: number
  readonly after: number
  /** Inputs that the kernel spans, gaps included. */
  readonly extent: number
  readonly output: number
  /** For each position of the padded input, the input position that stands there; −1 for zero. */
  readonly source: Int32Array
}

export type Placement = readonly [rows: AxisPlacement, columns: AxisPlacement]

const axisNames = ['rows', 'columns'] as const

/** Throws `ConvokeError` when the kernel exceeds the padded input. */
export function place(
  kernel: readonly [number, number],
  size: readonly [number, number],
  options: SlideOptions,
): Placement {
  return [placeAxis(0, kernel, size, options), placeAxis(1, kernel, size, options)]
}

function placeAxis(
  axis: 0 | 1,
  kernels: readonly number[],
  sizes: readonly number[],
  options: SlideOptions,
): AxisPlacement {
  const [kernel, size] = [kernels[axis], sizes[axis]]
  const [stride, dilation] = [options.stride[axis], options.dilation[axis]]
  const extent = extentOf(kernel, dilation)
  const [before, after] = padBy(options.padding, axis, extent)
  const output = convOutputSize(size, kernel, stride, dilation, [before, after])
  check(output >= 1, () => {
    const spans = dilation === 1 ? '' : ` (${kernel} taps, dilation ${dilation})`
    return `the kernel spans ${extent} ${axisNames[axis]}${spans}, the padded input has ${size + before + after} (${size} + ${before} + ${after}). Use a smaller kernel, or --padding same.`
  })
  const source = Int32Array.from({ length: size + before + after }, (_, position) =>
    insideOf(position - before, size, options.boundary),
  )
  return Object.freeze({ size, kernel, stride, dilation, before, after, extent, output, source })
}

function padBy(padding: PaddingOption, axis: 0 | 1, extent: number): readonly [number, number] {
  if (padding === 'valid') return [0, 0]
  if (padding === 'full') return [extent - 1, extent - 1]
  if (padding === 'same') return [Math.floor(extent / 2), extent - 1 - Math.floor(extent / 2)]
  return [padding[2 * axis], padding[2 * axis + 1]]
}

/** The input position under the middle of the window of `output`; the nearest there is, where that lies outside. */
export function centreOf(axis: AxisPlacement, output: number): number {
  const position = output * axis.stride + Math.floor(axis.extent / 2)
  const source = axis.source[Math.min(position, axis.source.length - 1)]
  return source >= 0 ? source : Math.min(Math.max(position - axis.before, 0), axis.size - 1)
}
