// conv, convTranspose, correlate, unfold, fold.

import type { Activation, Epilogue, KernelSpecs } from '../../backends/backend.ts'
import type { Cell } from '../../compile/program.ts'
import { sourceIndex } from '../../shapes/boundary.ts'
import { type ConvSpec, convShapes } from '../../shapes/conv-spec.ts'
import { extentOf } from '../../shapes/padding.ts'
import type { Order } from '../value.ts'
import { type Attributes, type Draft, int, ints, text } from './draft.ts'
import { dimsOf, firstOrder } from './form.ts'
import { activation, Pointwise } from './functions.ts'
import type { Scene, Translate, Translations } from './scene.ts'
import { slice } from './strided.ts'

/** `[...kernel, in, out]` as `[out, in, ...kernel]`. */
const filterFirst = (rank: number): Order => [rank + 1, rank, ...Array.from({ length: rank }, (_, i) => i)]

const geometry = ({ kernel, stride, dilation, groups }: ConvSpec, pads: readonly number[]): Attributes => ({
  kernel_shape: ints(kernel),
  strides: ints(stride),
  pads: ints(pads),
  dilations: ints(dilation),
  group: int(groups),
})

const befores = ({ padding }: ConvSpec): number[] => padding.map(([before]) => before)

function finish(
  { draft, cells }: Scene,
  name: string,
  shape: readonly number[],
  epilogue: Epilogue | null,
  residual: Cell | undefined,
  y: Cell,
): void {
  const order = firstOrder(shape.length)
  const p = new Pointwise(draft, dimsOf(shape, order))
  const sum = residual === undefined ? name : p.add(name, cells.as(residual, shape, order))
  const act: Activation | null = epilogue?.activation ?? null
  cells.put(y, { shape, order, name: act === null ? sum : activation(p, sum, act) })
}

/** What a convolution and its adjoint are given, `from` being the shape of the first input and `channels` those of the result. */
function operandsOf(
  { conv, epilogue }: KernelSpecs['conv'],
  [x, filter, ...rest]: readonly Cell[],
  from: readonly number[],
  channels: number,
  { cells }: Scene,
) {
  const order = firstOrder(conv.rank + 2)
  const bias = epilogue?.bias ? rest.shift() : undefined
  const residual = epilogue?.residual ? rest.shift() : undefined
  const weights = cells.as(filter, convShapes(conv).filter, filterFirst(conv.rank), 'weight')
  const given = [cells.as(x, from, order), weights]
  if (bias !== undefined) given.push(cells.as(bias, [channels], [0], 'bias'))
  return { order, given, residual, pads: [...befores(conv), ...conv.padding.map(([, after]) => after)] }
}

const translateConv: Translate<'conv'> = ({ spec, inputs, outputs: [y] }, scene) => {
  const { draft } = scene
  const { conv, epilogue } = spec
  const shapes = convShapes(conv)
  const { order, given, residual, pads } = operandsOf(spec, inputs, shapes.input, conv.outputChannels, scene)
  const name = draft.node('Conv', given, dimsOf(shapes.output, order), geometry(conv, pads))
  finish(scene, name, shapes.output, epilogue, residual, y)
}

const translateConvTranspose: Translate<'convTranspose'> = ({ spec, inputs, outputs: [y] }, scene) => {
  const { draft } = scene
  const { conv, epilogue } = spec
  const shapes = convShapes(conv)
  const { order, given, residual, pads } = operandsOf(spec, inputs, shapes.output, conv.inputChannels, scene)
  const extra = conv.inputSize.map((size, axis) => {
    const [before, after] = conv.padding[axis]
    const extent = extentOf(conv.kernel[axis], conv.dilation[axis])
    return size - ((conv.outputSize[axis] - 1) * conv.stride[axis] + extent - before - after)
  })
  const attributes = {
    ...geometry(conv, pads),
    ...(extra.some((size) => size !== 0) && { output_padding: ints(extra) }),
  }
  const name = draft.node('ConvTranspose', given, dimsOf(shapes.input, order), attributes)
  finish(scene, name, shapes.input, epilogue, residual, y)
}

const reversed = (values: readonly number[], turned: boolean | undefined): number[] =>
  turned ? [...values].reverse() : [...values]

/** A kernel that all channels share, as a filter of `[channels, 1, ...kernel]`. */
function sharedFilter(scene: Scene, kernels: readonly Cell[], conv: ConvSpec, turned: boolean | undefined): string {
  const { draft, cells } = scene
  const dims = [conv.inputChannels, 1, ...conv.kernel]
  if (kernels.every((cell) => cells.isConstant(cell))) {
    const taps = kernels
      .map((cell) => Array.from(cells.numbersOf(cell)))
      .reduce((all, own) => all.flatMap((tap) => own.map((value) => tap * value)), [1])
    const one = reversed(taps, turned)
    return draft.floats('weight', dims, Array.from({ length: conv.inputChannels }, () => one).flat())
  }
  const shapes = kernels.map((_, i) =>
    kernels.length === 1 ? [...conv.kernel] : conv.kernel.map((size, axis) => (axis === i ? size : 1)),
  )
  let [name, ...others] = kernels.map((cell, i) => cells.as(cell, shapes[i]))
  for (const other of others) name = draft.node('Mul', [name, other], [...conv.kernel])
  if (turned) {
    const cuts = conv.kernel.map((length, at) => ({ at, start: length - 1, step: -1, size: length, length }))
    name = slice(draft, name, [...conv.kernel], cuts)
  }
  return draft.node('Expand', [name, draft.lengths(dims, 'shape')], dims)
}

const padModes: Readonly<Partial<Record<string, string>>> = { mirror: 'reflect', edge: 'edge' }

/** The value with every axis continued as `boundary` says. */
export function continued(
  draft: Draft,
  name: string,
  pads: readonly (readonly [axis: number, before: number, after: number])[],
  boundary: 'reflect' | 'mirror' | 'edge' | 'wrap',
): string {
  const dims = draft.dimsOf(name)
  const wide = [...dims]
  for (const [axis, before, after] of pads) wide[axis] += before + after
  const mode = boundary === 'wrap' && draft.opset >= 19 ? 'wrap' : padModes[boundary]
  // Where an axis goes on further than it is long, ONNX does not say how.
  if (mode !== undefined && pads.every(([axis, before, after]) => Math.max(before, after) < dims[axis])) {
    const all = new Array<number>(2 * dims.length).fill(0)
    for (const [axis, before, after] of pads) {
      all[axis] = before
      all[axis + dims.length] = after
    }
    return draft.node('Pad', [name, draft.lengths(all, 'pads')], wide, { mode: text(mode) })
  }
  let made = name
  for (const [axis, before, after] of pads) {
    if (before + after === 0) continue
    const size = dims[axis]
    const places = Array.from({ length: before + size + after }, (_, i) => sourceIndex(boundary, i - before, size))
    const now = draft.dimsOf(made).with(axis, places.length)
    made = draft.node('Gather', [made, draft.indices('places', [places.length], places)], now, { axis: int(axis) })
  }
  return made
}

const translateCorrelate: Translate<'correlate'> = ({ spec, inputs: [x, ...kernels], outputs: [y] }, scene) => {
  const { draft, cells } = scene
  const { conv, boundary, turned } = spec
  const [order, shape] = [firstOrder(conv.rank + 2), [conv.batch, ...conv.outputSize, conv.inputChannels]]
  let source = cells.as(x, [conv.batch, ...conv.inputSize, conv.inputChannels], order)
  const filter = sharedFilter(scene, kernels, conv, turned)
  // What the last window needs, and no more.
  const pairs = conv.padding.map(([before, after]) => [before, after] as const)
  let pads = [...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)]
  if (boundary !== 'zero') {
    source = continued(
      draft,
      source,
      pairs.map(([before, after], axis) => [axis + 2, before, after]),
      boundary,
    )
    pads = pads.map(() => 0)
  }
  const attributes = geometry({ ...conv, groups: conv.inputChannels }, pads)
  cells.put(y, { shape, order, name: draft.node('Conv', [source, filter], dimsOf(shape, order), attributes) })
}

/** A filter of `[channels · taps, 1, ...kernel]` that picks tap t of channel c as channel c · taps + t. */
function pickingFilter(draft: Draft, conv: ConvSpec): string {
  const taps = conv.kernel.reduce((product, size) => product * size, 1)
  const values = new Float32Array(conv.inputChannels * taps * taps)
  for (let c = 0; c < conv.inputChannels; c++) for (let t = 0; t < taps; t++) values[(c * taps + t) * taps + t] = 1
  return draft.floats('windows', [conv.inputChannels * taps, 1, ...conv.kernel], values)
}

const windowsOf = (conv: ConvSpec) => {
  const taps = conv.kernel.reduce((product, size) => product * size, 1)
  const { rank, batch, inputChannels: channels } = conv
  // In memory [batch, ...outputs, taps, channels]; in ONNX [batch, channels · taps, ...outputs].
  const shape = [batch, ...conv.outputSize, taps, channels]
  const spatial = Array.from({ length: rank }, (_, i) => i + 1)
  const order = [0, rank + 2, rank + 1, ...spatial]
  return { taps, channels, shape, order, whole: [batch, channels * taps, ...conv.outputSize] }
}

const translateUnfold: Translate<'unfold'> = ({ spec: { conv }, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { shape, order, whole } = windowsOf(conv)
  const first = firstOrder(conv.rank + 2)
  const source = cells.as(x, convShapes(conv).input, first)
  const pads = [...befores(conv), ...conv.padding.map(([, after]) => after)]
  const attributes = geometry({ ...conv, groups: conv.inputChannels }, pads)
  const windows = draft.node('Conv', [source, pickingFilter(draft, conv)], whole, attributes)
  const dims = dimsOf(shape, order)
  const name = draft.node('Reshape', [windows, draft.lengths(dims, 'shape')], dims)
  cells.put(y, { name, shape, order })
}

const translateFold: Translate<'fold'> = ({ spec: { conv }, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { shape, order, whole } = windowsOf(conv)
  const first = firstOrder(conv.rank + 2)
  const windows = cells.as(x, shape, order)
  const flat = draft.node('Reshape', [windows, draft.lengths(whole, 'shape')], whole)
  const pads = [...befores(conv), ...conv.padding.map(([, after]) => after)]
  const extra = conv.inputSize.map((size, axis) => {
    const extent = extentOf(conv.kernel[axis], conv.dilation[axis])
    return size - ((conv.outputSize[axis] - 1) * conv.stride[axis] + extent - pads[axis] - pads[axis + conv.rank])
  })
  const attributes = {
    ...geometry({ ...conv, groups: conv.inputChannels }, pads),
    ...(extra.some((size) => size !== 0) && { output_padding: ints(extra) }),
  }
  const result = convShapes(conv).input
  const name = draft.node('ConvTranspose', [flat, pickingFilter(draft, conv)], dimsOf(result, first), attributes)
  cells.put(y, { name, shape: result, order: first })
}

export const convolution: Translations = {
  conv: translateConv,
  convTranspose: translateConvTranspose,
  correlate: translateCorrelate,
  unfold: translateUnfold,
  fold: translateFold,
}
