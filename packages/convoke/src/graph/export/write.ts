// A captured network as nodes of ONNX, at one size of input.

import { type Captured, capture } from '../../compile/capture.ts'
import { captureModule, isModule } from '../../compile/compile.ts'
import { type Cell, usesOf } from '../../compile/program.ts'
import { withTensors } from '../../compile/structure.ts'
import type { OnnxNode } from '../../formats/onnx/model.ts'
import { stateOf } from '../../nn/tree.ts'
import { ConvokeError, check, show } from '../../shapes/error.ts'
import { zeros } from '../../tensor/create.ts'
import type { Storage } from '../../tensor/storage.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { plainOrder } from '../value.ts'
import { Cells } from './cells.ts'
import { Draft } from './draft.ts'
import { dimsOf, firstOrder, sameList } from './form.ts'
import { translate } from './translate.ts'

export function namesOf(
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

export interface Writing {
  readonly model: unknown
  readonly given: readonly unknown[]
  readonly tensors: readonly Tensor[]
  readonly names: readonly string[]
  readonly opset: number
  readonly first: boolean
  readonly outputs: readonly string[] | undefined
}

export type Shapes = readonly (readonly number[])[]

/** Runs the network on tensors of these shapes, and writes its kernels down. */
export function captureAt({ model, given, tensors }: Writing, shapes: Shapes): Captured<unknown> {
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

export const dispose = ({ program }: Captured<unknown>): void => {
  const cells = new Set<Cell>([...program.inputs, ...program.outputs])
  for (const { inputs, outputs } of program.steps) for (const cell of [...inputs, ...outputs]) cells.add(cell)
  for (const { constant } of cells) constant?.dispose()
}

export interface Written {
  readonly draft: Draft
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly outputTypes: readonly Cell['dtype'][]
}

/** The nodes of a captured network, those inputs being channels first that `pictures` says. */
export function write(
  writing: Writing,
  captured: Captured<unknown>,
  shapes: Shapes,
  pictures: readonly boolean[],
): Written {
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
export function picturesIn(writing: Writing, captured: Captured<unknown>, shapes: Shapes): boolean[] {
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

/** Takes out what leads to no output. */
export function prune(written: Written): void {
  const { draft } = written
  const kept = alive(written)
  draft.nodes.length = 0
  for (const node of kept) draft.nodes.push(node)
}
