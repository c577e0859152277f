// One graph for the lengths that are left open: the network written at several of them, and joined.

import type { Captured } from '../../compile/capture.ts'
import { isModule } from '../../compile/compile.ts'
import type { Cell } from '../../compile/program.ts'
import type { OnnxModel, OnnxTensor, OnnxValueInfo } from '../../formats/onnx/model.ts'
import { ConvokeError, check, showShape } from '../../shapes/error.ts'
import { plainOrder } from '../value.ts'
import type { Constant } from './draft.ts'
import { firstOrder } from './form.ts'
import { joinSizes, lengthOf, type OpenLength, SizesDiffer, type Variant } from './lengths.ts'
import { captureAt, dispose, picturesIn, prune, type Shapes, type Writing, type Written, write } from './write.ts'

/** An axis whose length is left open, within steps from that of the example. */
export interface OpenAxis {
  /** The axis of the example, counted from 0. */
  readonly axis: number
  /** Lengths may differ from the example's by multiples of this. */
  readonly step: number
}

/** Lengths that tell themselves apart from those that networks have. */
const batches = [
  [7, 11],
  [13, 17],
] as const

/** The graph of a network with these axes left open. */
export function withSizes(writing: Writing, open: readonly OpenAxis[]): OnnxModel['graph'] {
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

function graphOf(writing: Writing, open: readonly OpenAxis[], batch: readonly [number, number]): OnnxModel['graph'] {
  const given: Shapes = writing.tensors.map(({ shape }) => shape)
  const axes = open.map(({ axis }) => axis)
  for (const axis of axes) {
    check(
      given.some((shape) => axis < shape.length),
      () =>
        `exportOnnx: dynamic names axis ${axis}; the example has shape ${given.map(showShape).join(', ')}. Name axes that it has.`,
    )
  }
  /** Whether an input has the open length of an axis: as long as the first that has the axis. */
  const isOpen = (axis: number): readonly boolean[] => {
    const size = given.find((shape) => axis < shape.length)?.[axis]
    return given.map((shape) => axis < shape.length && shape[axis] === size)
  }
  const changed = (shapes: Shapes, axis: number, size: number): Shapes =>
    shapes.map((shape, i) => (isOpen(axis)[i] ? shape.with(axis, size) : shape))
  const base: Shapes = axes.includes(0) ? changed(given, 0, batch[0]) : given
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
        const shapes = changed(base, axis, other)
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
    return assembled(first, variants, writing, captured)
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
