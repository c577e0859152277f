// What is measured: the layers of well-known networks, and the convolutions that networks of pictures do not show.

import { type ConvGeometry, type ConvSpec, convSpec, convTransposeSpec } from 'convoke/shapes'

/** `networks`: the sixteen layers the requirements speak of. `picture`: one large kernel on one large picture. */
export type LayerSet = 'networks' | 'other' | 'picture'

export interface Layer {
  readonly name: string
  readonly set: LayerSet
  readonly op: 'conv' | 'convTranspose'
  /** `[batch, ...spatial, channels]` */
  readonly input: readonly number[]
  /** `[...kernel, in / groups, out]`; `[...kernel, out / groups, in]` for a transposed convolution. */
  readonly filter: readonly number[]
  readonly geometry: ConvGeometry
  /** How the filter is filled: at random, or with a Gaussian, which separates into one pass an axis. */
  readonly weights: 'random' | 'gaussian'
}

type Options = Partial<Pick<Layer, 'op' | 'set' | 'weights'>> & ConvGeometry

function layer(name: string, input: readonly number[], filter: readonly number[], options: Options = {}): Layer {
  const { op = 'conv', set = 'networks', weights = 'random', ...geometry } = options
  return Object.freeze({ name, set, op, input, filter, geometry: Object.freeze(geometry), weights })
}

const square = (size: number, channels: number): number[] => [1, size, size, channels]
const same = { padding: 1 }

/** The layers in the order of the table. Batch 1; names give kernel, stride, channels in → out, and input size. */
export const layers: readonly Layer[] = Object.freeze([
  layer('7×7 s2 3→64 @224', square(224, 3), [7, 7, 3, 64], { stride: 2, padding: 3 }),
  layer('3×3 64→64 @56', square(56, 64), [3, 3, 64, 64], same),
  layer('1×1 256→64 @56', square(56, 256), [1, 1, 256, 64]),
  layer('1×1 64→256 @56', square(56, 64), [1, 1, 64, 256]),
  layer('3×3 s2 128→128 @56', square(56, 128), [3, 3, 128, 128], { stride: 2, padding: 1 }),
  layer('3×3 128→128 @28', square(28, 128), [3, 3, 128, 128], same),
  layer('3×3 256→256 @14', square(14, 256), [3, 3, 256, 256], same),
  layer('3×3 512→512 @7', square(7, 512), [3, 3, 512, 512], same),
  layer('1×1 1024→256 @14', square(14, 1024), [1, 1, 1024, 256]),
  layer('1×1 s2 1024→2048 @14', square(14, 1024), [1, 1, 1024, 2048], { stride: 2 }),
  layer('depthwise 3×3 32 @112', square(112, 32), [3, 3, 1, 32], { padding: 1, groups: 32 }),
  layer('depthwise 3×3 144 @56', square(56, 144), [3, 3, 1, 144], { padding: 1, groups: 144 }),
  layer('depthwise 3×3 s2 96 @112', square(112, 96), [3, 3, 1, 96], { stride: 2, padding: 1, groups: 96 }),
  layer('1×1 96→24 @56', square(56, 96), [1, 1, 96, 24]),
  layer('5×5 32→64 @28', square(28, 32), [5, 5, 32, 64], { padding: 2 }),
  layer('3×3 d2 256→256 @28', square(28, 256), [3, 3, 256, 256], { padding: 2, dilation: 2 }),

  layer('text k3 300→100 @64', [1, 64, 300], [3, 300, 100], { set: 'other' }),
  layer('text k4 300→100 @64', [1, 64, 300], [4, 300, 100], { set: 'other' }),
  layer('text k5 300→100 @64', [1, 64, 300], [5, 300, 100], { set: 'other' }),
  layer('3×3×3 64→64 @16×28×28', [1, 16, 28, 28, 64], [3, 3, 3, 64, 64], { padding: 1, set: 'other' }),
  layer('3×3 g32 128→128 @28', square(28, 128), [3, 3, 4, 128], { padding: 1, groups: 32, set: 'other' }),
  layer('transposed 4×4 s2 128→64 @28', square(28, 128), [4, 4, 64, 128], {
    ...{ op: 'convTranspose', stride: 2, padding: 1, set: 'other' },
  }),

  layer('31×31 1→1 @1024', square(1024, 1), [31, 31, 1, 1], { padding: 15, set: 'picture' }),
  layer('31×31 Gaussian 1→1 @1024', square(1024, 1), [31, 31, 1, 1], {
    ...{ padding: 15, set: 'picture', weights: 'gaussian' },
  }),
])

/**
 * The layer as a convolution of batch `batch`. For a transposed layer it is the convolution the layer is the adjoint
 * of: its output is what the layer is given.
 */
export function specOf(subject: Layer, batch = 1): ConvSpec {
  const input = [batch, ...subject.input.slice(1)]
  const build = subject.op === 'conv' ? convSpec : convTransposeSpec
  return build(subject.name, input, subject.filter, subject.geometry)
}

const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1)

/**
 * Floating-point operations of the direct algorithm, a multiply and an add each counted, padding included as it is in
 * every published figure. Faster algorithms are credited with the same number, so their GFLOP/s compare.
 */
export const directFlops = (spec: ConvSpec): number =>
  2 *
  spec.batch *
  product(spec.outputSize) *
  product(spec.kernel) *
  (spec.inputChannels / spec.groups) *
  spec.outputChannels

/** Whether every channel is filtered on its own. */
export const isDepthwise = (spec: ConvSpec): boolean => spec.groups > 1 && spec.groups === spec.inputChannels

/** Whether the layer is a 2-D convolution with a square kernel of `side`, stride 1, no dilation, no groups. */
export const isDense = (spec: ConvSpec, side: number): boolean =>
  spec.rank === 2 &&
  spec.groups === 1 &&
  spec.kernel.every((size) => size === side) &&
  spec.stride.every((step) => step === 1) &&
  spec.dilation.every((gap) => gap === 1)
