// exportOnnx: any network as a graph of ONNX, by way of the kernels that it runs.

import type { Network } from '../../compile/compile.ts'
import { tensorsWithin } from '../../compile/structure.ts'
import type { OnnxModel } from '../../formats/onnx/model.ts'
import type { Forward } from '../../nn/module.ts'
import { check, checkOptions, show } from '../../shapes/error.ts'
import { zeros } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type OpenAxis, withSizes } from './sizes.ts'
import { namesOf } from './write.ts'

export type { OpenAxis }

/** The options of `exportOnnx`. */
export interface ExportOptions {
  /** The version of ONNX's operators, 13 to 21; 17 when not given. */
  readonly opset?: number | undefined
  /**
   * How pictures, signals and volumes go in and out. 'channels-first' is what other tools expect: `[batch, channels, ...spatial]`;
   * 'channels-last' is how they lie here. Defaults to 'channels-first'.
   */
  readonly layout?: 'channels-first' | 'channels-last' | undefined
  /** Names of the inputs; `input` when not given, with a number where there are several. */
  readonly inputs?: readonly string[] | undefined
  /** Names of the outputs; `output` when not given, with a number where there are several. */
  readonly outputs?: readonly string[] | undefined
  /**
   * Axes of the example whose lengths are left open: 0 is the batch, 1 and 2 are height and width of pictures. `[0]` when not given; `[]`
   * fixes every length. `{ axis: 1, step: 32 }` allows lengths that differ from the example's by multiples of 32, for networks that
   * behave differently at others.
   */
  readonly dynamic?: readonly (number | OpenAxis)[] | undefined
  /** Texts to go with the model, by name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

const known = ['opset', 'layout', 'inputs', 'outputs', 'dynamic', 'metadata']

/** The oldest version of the file format that holds each opset from 13 on. */
const irVersions = [7, 7, 8, 8, 8, 8, 9, 9, 10]

const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => typeof size === 'number')

/**
 * The network (a module, or a function of tensors) as a model of ONNX, which `encodeOnnx` and `writeOnnx` write. It runs once, in evaluation mode, on the shapes of `example` (a
 * tensor, or its shape, for each argument), and every kernel is written as ONNX's operators; what only depends on weights is computed.
 * Weights keep the names that they have in `model.state()`, and nodes are named after their modules. Throws `ConvokeError` where what
 * runs depends on the numbers of the input or belongs to training, where ONNX has no operator for it, and where the lengths that are left
 * open cannot be.
 *
 * @example
 * const model = exportOnnx(models.LeNet5().initialize(1), [1, 28, 28, 1])
 * model.graph.inputs[0].name  // 'input'
 * model.graph.nodes.map(({ operator }) => operator)[0]  // 'Conv'
 */
export function exportOnnx<F extends Forward>(
  model: Network<F>,
  example: Tensor | readonly number[] | readonly unknown[],
  options: ExportOptions = {},
): OnnxModel {
  checkOptions('exportOnnx', options, known)
  const { opset = 17, layout = 'channels-first', dynamic = [0], metadata = {} } = options
  check(
    Number.isInteger(opset) && opset >= 13 && opset <= 21,
    () => `exportOnnx: opset is ${show(opset)}; it must be 13 to 21.`,
  )
  check(
    layout === 'channels-first' || layout === 'channels-last',
    () => `exportOnnx: the layout is ${show(layout)}. Use 'channels-first' or 'channels-last'.`,
  )
  const open = openAxes(dynamic)
  const several = Array.isArray(example) && !isShape(example)
  const made: Tensor[] = []
  const asTensor = (value: unknown): unknown => {
    if (!isShape(value)) return value
    made.push(zeros(value))
    return made[made.length - 1]
  }
  try {
    const given = (several ? [...example] : [example]).map(asTensor)
    const tensors = tensorsWithin(given)
    check(tensors.length > 0, () => 'exportOnnx: the example has no tensor. Give one, or its shape, for each argument.')
    const names = namesOf('inputs', 'input', options.inputs, tensors.length)
    const first = layout === 'channels-first'
    const graph = withSizes({ model, given, tensors, names, opset, first, outputs: options.outputs }, open)
    const irVersion = irVersions[opset - 13]
    return { irVersion, producer: 'convoke', opsets: { '': opset }, functions: [], metadata: { ...metadata }, graph }
  } finally {
    for (const tensor of made) tensor.dispose()
  }
}

function openAxes(dynamic: unknown): readonly OpenAxis[] {
  const isWhole = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least
  const refused = (): string =>
    `exportOnnx: dynamic is ${show(dynamic)}; give the axes of the example whose lengths are left open: [0] for the batch, or { axis: 1, step: 32 }.`
  check(Array.isArray(dynamic), refused)
  const axes = dynamic.map((one: unknown): OpenAxis => {
    if (isWhole(one, 0)) return { axis: one as number, step: 1 }
    const { axis, step } = (typeof one === 'object' && one !== null ? one : {}) as Partial<OpenAxis>
    check(isWhole(axis, 0) && isWhole(step, 1), refused)
    return { axis: axis as number, step: step as number }
  })
  check(new Set(axes.map(({ axis }) => axis)).size === axes.length, refused)
  return axes.sort((a, b) => a.axis - b.axis)
}
