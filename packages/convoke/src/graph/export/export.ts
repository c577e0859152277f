// exportOnnx: any network as a graph of ONNX, by way of the kernels that it runs.

import { type Captured, capture } from '../../compile/capture.ts'
import { captureModule, isModule, type Network } from '../../compile/compile.ts'
import type { Cell } from '../../compile/program.ts'
import { usesOf } from '../../compile/program.ts'
import { tensorsWithin, withTensors } from '../../compile/structure.ts'
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../../formats/onnx/model.ts'
import type { Forward } from '../../nn/module.ts'
import { stateOf } from '../../nn/tree.ts'
import { ConvokeError, check, checkOptions, show, showShape } from '../../shapes/error.ts'
import { zeros } from '../../tensor/create.ts'
import type { Storage } from '../../tensor/storage.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { plainOrder } from '../value.ts'
import { Cells } from './cells.ts'
import { type Constant, Draft } from './draft.ts'
import { dimsOf, firstOrder, sameList } from './form.ts'
import { joinSizes, lengthOf, type OpenLength, SizesDiffer, type Variant } from './symbols.ts'
import { translate } from './translate.ts'

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
   * fixes every length. `{ axis: 1, step: 32 }` stands for lengths that differ from the example's by multiples of 32, where a network
   * does something else at others.
   */
  readonly dynamic?: readonly (number | OpenAxis)[] | undefined
  /** Texts to go with the model, by name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** An axis whose length is left open, within steps from that of the example. */
export interface OpenAxis {
  readonly axis: number
  readonly step: number
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
  const given = (several ? [...example] : [example]).map((value) => (isShape(value) ? zeros(value) : value))
  const tensors = tensorsWithin(given)
  check(tensors.length > 0, () => 'exportOnnx: the example has no tensor. Give one, or its shape, for each argument.')
  const names = namesOf('inputs', 'input', options.inputs, tensors.length)
  const writing: Writing = {
    model,
    given,
    tensors,
    names,
    opset,
    first: layout === 'channels-first',
    outputs: options.outputs,
  }
  const { graph, irVersion } = withSizes(writing, open)
  return { irVersion, producer: 'convoke', opsets: { '': opset }, functions: [], metadata, graph }
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

function namesOf(
  option: 'inputs' | 'outputs',
  usual: string,
  given: readonly string[] | undefined,
  count: number,
): string[] {
  const names = given ?? Array.from({ length: count }, (_, i) => (count === 1 ? usual : `${usual}_${i}`))
  check(
    Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== ''),
    () => `exportOnnx: ${option} is ${show(names)}; give a name for each.`,
  )
  check(
    names.length === count && new Set(names).size === count,
    () => `exportOnnx: ${option} has ${names.length} names for ${count}. Give a different name for each.`,
  )
  return [...names]
}

interface Writing {
  readonly model: unknown
  readonly given: readonly unknown[]
  readonly tensors: readonly Tensor[]
  readonly names: readonly string[]
  readonly opset: number
  readonly first: boolean
  readonly outputs: readonly string[] | undefined
}

type Shapes = readonly (readonly number[])[]

/** Runs the network on tensors of these shapes, and writes its kernels down. */
function captureAt({ model, given, tensors }: Writing, shapes: Shapes): Captured<unknown> {
  const standIns = tensors.map((tensor, i) => zeros(shapes[i], tensor.dtype))
  try {
    const inputs = withTensors(given, (_, i) => standIns[i]) as unknown[]
    const call = model as (...inputs: unknown[]) => unknown
    // biome-ignore lint/plugin/spread-of-a-list: they are arguments, not data
    const body = (): unknown => call(...inputs)
    return isModule(model) ? captureModule(model, body, standIns) : capture(body, standIns)
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    throw new ConvokeError(error.message.replace(/^compile: /, 'exportOnnx: '), { cause: error })
  } finally {
    for (const tensor of standIns) tensor.dispose()
  }
}

const dispose = ({ program }: Captured<unknown>): void => {
  const cells = new Set<Cell>([...program.inputs, ...program.outputs])
  for (const { inputs, outputs } of program.steps) for (const cell of [...inputs, ...outputs]) cells.add(cell)
  for (const { constant } of cells) constant?.dispose()
}

interface Written {
  readonly draft: Draft
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly outputTypes: readonly Cell['dtype'][]
}

/** The nodes of a captured network, those inputs being channels first that `pictures` says. */
function write(writing: Writing, captured: Captured<unknown>, shapes: Shapes, pictures: readonly boolean[]): Written {
  const { program, shapes: results } = captured
  const draft = new Draft(writing.opset)
  const outputs = namesOf('outputs', 'output', writing.outputs, program.outputs.length)
  for (const name of outputs) draft.free(name)
  const state = isModule(writing.model) ? stateOf(writing.model) : {}
  const cells = new Cells(
    draft,
    new Map<Storage, string>(Object.entries(state).map(([name, { storage }]) => [storage, name])),
  )
  program.inputs.forEach((cell, i) => {
    const shape = shapes[i]
    const order = pictures[i] ? firstOrder(shape.length) : plainOrder(shape.length)
    cells.put(cell, { shape, order, name: draft.declare(writing.names[i], dimsOf(shape, order)) })
  })
  translate(program.steps, { draft, cells, program, uses: usesOf(program), done: new Set(), resized: new Map() })
  const made = new Set<string>()
  program.outputs.forEach((cell, i) => {
    const shape = results[i]
    const order = firstOrder(shape.length)
    const picture =
      writing.first && cells.formsOf(cell).some((form) => sameList(form.shape, shape) && sameList(form.order, order))
    const name = cells.as(cell, shape, picture ? order : plainOrder(shape.length))
    rename(draft, name, outputs[i], made)
  })
  return { draft, inputs: writing.names, outputs, outputTypes: program.outputs.map(({ dtype }) => dtype) }
}

/** Gives the value `name` the name of an output. */
function rename(draft: Draft, name: string, output: string, made: Set<string>): void {
  const { nodes } = draft
  const isMade = nodes.some((node) => node.outputs.includes(name))
  if (!isMade || made.has(name)) {
    draft.emitAs('Identity', [name], output)
    made.add(output)
    return
  }
  const other = (list: readonly string[]): readonly string[] => list.map((one) => (one === name ? output : one))
  nodes.forEach((node, i) => {
    if (node.inputs.includes(name) || node.outputs.includes(name)) {
      nodes[i] = { ...node, inputs: other(node.inputs), outputs: other(node.outputs) }
    }
  })
  draft.alias(name, output)
  made.add(output)
}

/** Which inputs are pictures: those that need fewer transpositions when they come channels first. */
function picturesIn(writing: Writing, captured: Captured<unknown>, shapes: Shapes): boolean[] {
  const chosen = shapes.map(() => false)
  if (!writing.first) return chosen
  const turns = (pictures: readonly boolean[]): number =>
    alive(write(writing, captured, shapes, pictures)).filter(({ operator }) => operator === 'Transpose').length
  let least: number | undefined
  shapes.forEach((shape, i) => {
    if (shape.length < 3 || shape.length > 5) return
    least ??= turns(chosen)
    const other = turns(chosen.with(i, true))
    if (other >= least) return
    chosen[i] = true
    least = other
  })
  return chosen
}

/** Nodes whose values lead to an output. */
function alive({ draft, outputs }: Written): OnnxNode[] {
  const wanted = new Set(outputs)
  return draft.nodes
    .toReversed()
    .filter(({ inputs, outputs: made }) => {
      if (!made.some((name) => wanted.has(name))) return false
      for (const name of inputs) wanted.add(name)
      return true
    })
    .reverse()
}

/** Lengths that tell themselves apart from those that networks have. */
const batches = [
  [7, 11],
  [13, 17],
] as const

interface Graphed {
  readonly graph: OnnxModel['graph']
  readonly irVersion: number
}

function withSizes(writing: Writing, open: readonly OpenAxis[]): Graphed {
  let refused: unknown
  for (const batch of batches) {
    try {
      return graphOf(writing, open, batch)
    } catch (error) {
      if (!(error instanceof SizesDiffer)) throw error
      refused ??= error
    }
  }
  throw refused
}

const axisNames: Readonly<Record<number, readonly string[]>> = {
  3: ['batch', 'length', 'channels'],
  4: ['batch', 'height', 'width', 'channels'],
  5: ['batch', 'depth', 'height', 'width', 'channels'],
}

/** Steps to lengths at which a network is tried besides the example's: near and far, odd and even. */
const further = [1, 2, 31, 64]

function graphOf(writing: Writing, open: readonly OpenAxis[], batch: readonly [number, number]): Graphed {
  const given: Shapes = writing.tensors.map(({ shape }) => shape)
  const axes = open.map(({ axis }) => axis)
  for (const axis of axes) {
    check(
      given.some((shape) => axis < shape.length),
      () =>
        `exportOnnx: dynamic names axis ${axis}; the example has shape ${given.map(showShape).join(', ')}. Name axes that it has.`,
    )
  }
  const base: Shapes = given.map((shape) => (axes.includes(0) && shape.length > 0 ? shape.with(0, batch[0]) : shape))
  const captures: Captured<unknown>[] = []
  const run = (shapes: Shapes): Captured<unknown> => {
    const captured = captureAt(writing, shapes)
    captures.push(captured)
    return captured
  }
  try {
    const captured = run(base)
    const pictures = picturesIn(writing, captured, base)
    const first = write(writing, captured, base, pictures)
    prune(first)
    const variants = open.flatMap(({ axis, step }): (Variant & { readonly written: Written })[] => {
      const input = base.findIndex((shape) => axis < shape.length)
      const size = base[input][axis]
      const rank = base[input].length
      const order = pictures[input] ? firstOrder(rank) : plainOrder(rank)
      const others = axis === 0 ? [batch[1]] : further.map((steps) => size + steps * step)
      return others.map((other) => {
        const shapes = base.map((shape) => (shape[axis] === size ? shape.with(axis, other) : shape))
        const symbol: OpenLength = {
          ...{ axis, input: writing.names[input], at: order.indexOf(axis), base: size, other },
          name: axisNames[rank]?.[axis] ?? (axis === 0 ? 'batch' : `axis_${axis}`),
        }
        const written = write(
          writing,
          at(symbol, () => run(shapes)),
          shapes,
          pictures,
        )
        prune(written)
        return { symbol, draft: written.draft, written }
      })
    })
    return { graph: assembled(first, variants, writing, captured), irVersion: irVersions[writing.opset - 13] }
  } finally {
    captures.forEach(dispose)
  }
}

/** What `run` gives; refusals say which length was tried. */
function at<T>({ name, axis, other }: OpenLength, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    throw new ConvokeError(
      `exportOnnx: the axis ${name} cannot be left open: at ${other} the network refuses its input (${error.message.replace(/\.$/, '')}). Leave ${axis} out of dynamic, or say in what steps it goes: { axis: ${axis}, step: 32 }.`,
      { cause: error },
    )
  }
}

/** Takes out what leads to no output. */
function prune(written: Written): void {
  const { draft } = written
  const kept = alive(written)
  draft.nodes.length = 0
  for (const node of kept) draft.nodes.push(node)
}

function assembled(
  first: Written,
  variants: readonly (Variant & { readonly written: Written })[],
  writing: Writing,
  { program }: Captured<unknown>,
): OnnxModel['graph'] {
  const { nodes, constants } = joinSizes(first.draft, variants)
  const info = (name: string, type: Cell['dtype']): OnnxValueInfo => {
    const shape = first.draft.dimsOf(name).map((size, axis) =>
      lengthOf(
        size,
        variants.map(({ symbol, draft }) => ({ symbol, size: draft.dimsOf(name)[axis] })),
      ),
    )
    return { name, type: { kind: 'tensor', type, shape } }
  }
  return {
    name: isModule(writing.model) ? writing.model.kind : 'network',
    nodes,
    inputs: first.inputs.map((name, i) => info(name, program.inputs[i].dtype)),
    outputs: first.outputs.map((name, i) => info(name, first.outputTypes[i])),
    initializers: [...constants.values()].map(settled),
    values: [],
  }
}

/** With its numbers at hand, whatever becomes of the network. */
const settled = ({ tensor: { name, type, shape, values } }: Constant): OnnxTensor => ({ name, type, shape, values })
