// One op at one size: how Convoke runs it, and the same of its peers.

import type { Tensor } from 'convoke'

/** Numbers about 0, from 0.05 to 0.95, in a range, 0 or 1; or whole numbers below `below`, an int32 tensor. */
export type Filling =
  | 'normal'
  | 'positive'
  | 'bits'
  | { readonly from: number; readonly to: number }
  | { readonly below: number }

export interface OpInput {
  readonly shape: readonly number[]
  /** The order in which the peers hold the axes, as channels first; as Convoke where not given. */
  readonly order?: readonly number[]
  /** The shape that the peers see, where it is not that of the axes in their order. */
  readonly peer?: readonly number[]
  readonly filling?: Filling
  /** No gradient is asked for, as of the targets of a loss. */
  readonly constant?: boolean
}

export type OnnxConstant =
  | { readonly int64: readonly number[] }
  | { readonly float32: readonly number[] }
  | { readonly scalar: number }
  | { readonly scalarInt: number }
  /** Left out. */
  | null

export interface OnnxOp {
  readonly operator: string
  /** A list of whole numbers, a whole number, `{ float }` or a text. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>
  /** Passed after the inputs. */
  readonly constants?: readonly OnnxConstant[]
  /** float32 when not given. */
  readonly outputs?: readonly ('float32' | 'int64' | 'bool')[]
  /** Which of them Convoke gives; the first when not given. */
  readonly result?: number
}

export interface OpCase {
  /** The name under which Convoke exports it, and what sets this case apart from others of it. */
  readonly op: string
  readonly size: string
  readonly inputs: readonly OpInput[]
  readonly run: (inputs: readonly Tensor[]) => Tensor
  /** Whether gradients are timed as well; true when not given. */
  readonly backward?: boolean
  readonly onnx?: OnnxOp
  /** A Python expression over x0, x1, …; F is torch.nn.functional. */
  readonly torch?: string
  /** The order in which the peers have the axes of the result, where it is another. */
  readonly order?: readonly number[]
  /** What results may differ by, of themselves and the mean magnitude of all; `usualTolerance` when not given. */
  readonly tolerance?: number
  /** Why the values of the peers are others. */
  readonly incomparable?: string
}

/** Rounding of float32 in another order. */
export const usualTolerance = 2e-5

export const nameOf = ({ op, size }: Pick<OpCase, 'op' | 'size'>): string => `${op} ${size}`

/** The name under which Convoke exports what a case runs. */
export const exportOf = ({ op }: Pick<OpCase, 'op'>): string => op.split(' ')[0]

export const isIndex = ({ filling }: OpInput): boolean => typeof filling === 'object' && 'below' in filling

export const sizeOf = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1)

/** The shape in which the peers hold an input. */
export const peerShape = ({ shape, order, peer }: OpInput): readonly number[] =>
  peer ?? (order === undefined ? shape : order.map((axis) => shape[axis]))

type Sizes = readonly (readonly [size: string, ...shapes: (OpInput | readonly number[])[]])[]

/** The same at several sizes: a name, and an input or a shape for each input. */
export const atSizes = (sizes: Sizes, rest: Omit<OpCase, 'size' | 'inputs'>): OpCase[] =>
  sizes.map(([size, ...shapes]) => ({
    ...rest,
    ...{ size, inputs: shapes.map((given) => ('shape' in given ? given : { shape: given })) },
  }))

/** Of a function of the first input. */
export const one =
  (run: (x: Tensor) => Tensor): OpCase['run'] =>
  ([x]) =>
    run(x)

/** Of a function of the first two inputs. */
export const two =
  (run: (a: Tensor, b: Tensor) => Tensor): OpCase['run'] =>
  ([a, b]) =>
    run(a, b)

export const channelsFirst = [0, 3, 1, 2] as const

/** `[batch, height, width, channels]`, channels first for the peers. */
export const picture = (batch: number, side: number, channels: number): OpInput => ({
  ...{ shape: [batch, side, side, channels], order: channelsFirst },
})

const pictures = [
  ['1×16×16×64', picture(1, 16, 64)],
  ['8×56×56×64', picture(8, 56, 64)],
] as const

/** On small pictures and on those of an early layer of a network, and more inputs of one size; a picture comes out. */
export const onPictures = (rest: Omit<OpCase, 'size' | 'inputs'>, more: readonly OpInput[] = []): OpCase[] =>
  pictures.map(([size, input]) => ({ ...{ order: channelsFirst, ...rest }, size, inputs: [input, ...more] }))

export const squares = [
  ['100²', [100, 100]],
  ['1000²', [1000, 1000]],
] as const satisfies Sizes
