// normalize, normalizeGroups, moments, weightNorm, softmax.

import type { Cell } from '../../compile/program.ts'
import { plainOrder } from '../value.ts'
import { float, int } from './draft.ts'
import { reduced } from './elementwise.ts'
import { dimsOf, type Form, firstOrder } from './form.ts'
import { Pointwise } from './functions.ts'
import type { Scene, Translate, Translations } from './scene.ts'

/** Lengths in memory with the channels last, and channels second in ONNX. */
function withChannels(
  { cells }: Scene,
  x: Cell,
  channels: number,
): { shape: readonly number[]; order: readonly number[] } {
  const form = cells.formsOf(x).find(({ shape }) => shape.length >= 2 && shape[shape.length - 1] === channels)
  const shape = form?.shape ?? [x.length / channels, channels]
  return { shape, order: firstOrder(shape.length) }
}

const hints = ['running_mean', 'running_var', 'weight', 'bias']

const translateNormalize: Translate<'normalize'> = ({ spec, inputs, outputs: [y] }, scene) => {
  const { draft, cells } = scene
  const [x, mean, variance, scale, bias] = inputs
  const { shape, order } = withChannels(scene, x, spec.channels)
  const dims = dimsOf(shape, order)
  const each = [scale, bias, mean, variance].map((cell, i) =>
    cells.as(cell, [spec.channels], [0], [hints[2], hints[3], hints[0], hints[1]][i]),
  )
  const source = cells.as(x, shape, order)
  const name = draft.node('BatchNormalization', [source, ...each], dims, { epsilon: float(spec.epsilon) })
  cells.put(y, { shape, order, name: spec.relu ? draft.node('Relu', [name], dims) : name })
}

const isRead = ({ uses }: Scene, cell: Cell): boolean => uses.readers.has(cell) || uses.outputs.has(cell)

const translateNormalizeGroups: Translate<'normalizeGroups'> = (step, scene) => {
  const { spec, inputs, outputs } = step
  const { draft, cells } = scene
  const { outer, positions, groups, channels, epsilon, centred } = spec
  const [x, scale, bias] = inputs
  const [y, mean, inverse] = outputs
  const own = [mean, inverse].some((cell) => isRead(scene, cell))
  if (!own && centred && groups === 1 && positions === 1 && draft.opset >= 17) {
    const form = cells.formsOf(x).find(({ shape }) => shape.length >= 2 && shape[shape.length - 1] === channels)
    const shape = form?.shape ?? [outer, channels]
    const order = plainOrder(shape.length)
    const affine = [cells.as(scale, [channels], [0], 'weight'), cells.as(bias, [channels], [0], 'bias')]
    const name = draft.node('LayerNormalization', [cells.as(x, shape, order), ...affine], shape, {
      ...{ axis: int(-1), epsilon: float(epsilon) },
    })
    cells.put(y, { shape, order, name })
    return
  }
  if (!own && centred && positions > 1) {
    cells.put(y, instances(step.spec, x, [scale, bias], scene))
    return
  }
  const shape = [outer, positions, groups, channels]
  const source = cells.as(x, shape)
  const p = new Pointwise(draft, shape)
  const centre = centred ? reduced(draft, 'mean', source, [1, 3], true) : null
  const moved = centre === null ? source : p.subtract(source, centre)
  const spread = reduced(draft, 'mean', p.multiply(moved, moved), [1, 3], true)
  const small = new Pointwise(draft, [outer, 1, groups, 1])
  const root = small.node('Reciprocal', [small.node('Sqrt', [small.add(spread, small.number(epsilon))])])
  const affine = [scale, bias].map((cell, i) => cells.as(cell, [groups, channels], [0, 1], hints[2 + i]))
  const name = p.add(p.multiply(p.multiply(moved, root), affine[0]), affine[1])
  cells.put(y, { shape, order: plainOrder(4), name })
  const zero = (): string =>
    draft.node('Expand', [draft.scalar(0), draft.lengths([outer, 1, groups, 1], 'shape')], [outer, 1, groups, 1])
  cells.put(inverse, { shape: [outer, 1, groups, 1], order: plainOrder(4), name: root })
  if (isRead(scene, mean))
    cells.put(mean, { shape: [outer, 1, groups, 1], order: plainOrder(4), name: centre ?? zero() })
}

/** Over positions: InstanceNormalization, each group as a channel. */
function instances(
  { outer, positions, groups, channels, epsilon }: Parameters<typeof translateNormalizeGroups>[0]['spec'],
  x: Cell,
  [scale, bias]: readonly Cell[],
  { draft, cells }: Scene,
): Form {
  const all = groups * channels
  const found = cells
    .formsOf(x)
    .find(({ shape }) => shape.length >= 3 && shape[0] === outer && shape[shape.length - 1] === all)
  const shape = found?.shape ?? [outer, positions, all]
  const order = firstOrder(shape.length)
  const dims = dimsOf(shape, order)
  const source = cells.as(x, shape, order)
  if (channels === 1) {
    const affine = [cells.as(scale, [all], [0], 'weight'), cells.as(bias, [all], [0], 'bias')]
    return {
      shape,
      order,
      name: draft.node('InstanceNormalization', [source, ...affine], dims, { epsilon: float(epsilon) }),
    }
  }
  const lines = [outer, groups, channels * positions]
  const flat = draft.node('Reshape', [source, draft.lengths(lines, 'shape')], lines)
  const ones = draft.floats('ones', [groups], new Float32Array(groups).fill(1))
  const zeros = draft.floats('zeros', [groups], new Float32Array(groups))
  const norm = draft.node('InstanceNormalization', [flat, ones, zeros], lines, { epsilon: float(epsilon) })
  const back = draft.node('Reshape', [norm, draft.lengths(dims, 'shape')], dims)
  const p = new Pointwise(draft, dims)
  const [first, second] = [scale, bias].map((cell, i) =>
    cells.as(cell, [...new Array<number>(shape.length - 2).fill(1), all], channelsFirst(shape.length), hints[2 + i]),
  )
  return { shape, order, name: p.add(p.multiply(back, first), second) }
}

/** `[...1, channels]` as `[channels, ...1]`. */
const channelsFirst = (rank: number): readonly number[] => [rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)]

const translateMoments: Translate<'moments'> = ({ spec: { channels }, inputs: [x], outputs }, { draft, cells }) => {
  const shape = [x.length / channels, channels]
  const source = cells.as(x, shape)
  const centre = reduced(draft, 'mean', source, [0], true)
  const p = new Pointwise(draft, shape)
  const moved = p.subtract(source, centre)
  const spread = reduced(draft, 'mean', p.multiply(moved, moved), [0], true)
  cells.put(outputs[0], { shape: [1, channels], order: [0, 1], name: centre })
  cells.put(outputs[1], { shape: [1, channels], order: [0, 1], name: spread })
}

const translateWeightNorm: Translate<'weightNorm'> = (
  { spec: { channels }, inputs, outputs: [w] },
  { draft, cells },
) => {
  const [v, gain] = inputs
  const shape = [v.length / channels, channels]
  const p = new Pointwise(draft, shape)
  const source = cells.as(v, shape)
  const length = draft.node('Sqrt', [reduced(draft, 'sum', p.multiply(source, source), [0], true)], [1, channels])
  const name = p.divide(p.multiply(source, cells.as(gain, [channels], [0], 'gain')), length)
  cells.put(w, { shape, order: [0, 1], name })
}

const translateSoftmax: Translate<'softmax'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { form, at } = cells.along(x, spec)
  const operator = spec.log ? 'LogSoftmax' : 'Softmax'
  cells.put(y, { ...form, name: draft.node(operator, [form.name], draft.dimsOf(form.name), { axis: int(at) }) })
}

export const norms: Translations = {
  normalize: translateNormalize,
  normalizeGroups: translateNormalizeGroups,
  moments: translateMoments,
  weightNorm: translateWeightNorm,
  softmax: translateSoftmax,
}
