// deformUnfold: with the product that follows it ONNX's DeformConv, from operator set 19 on; before, a sum of four pixels for every tap,
// gathered from the flattened picture.

import { type Cell, isKernel, type KernelStep } from '../../compile/program.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { int, ints } from './draft.ts'
import { Pointwise } from './functions.ts'
import { onlyReader, type Scene, type Translate, type Translations } from './scene.ts'

/** The product of the columns with the filter, and the filter: of several groups it is a convolution along the taps. */
function productAfter(
  scene: Scene,
  { spec: { conv }, outputs: [columns] }: KernelStep<'deformUnfold'>,
): { readonly step: KernelStep; readonly filter: Cell } | null {
  const next = onlyReader(scene, columns)
  const length = (sizeOf(conv.kernel) * conv.inputChannels * conv.outputChannels) / conv.groups
  const filter = next?.inputs[1]
  if (next?.inputs[0] !== columns || filter === undefined || filter.length !== length) return null
  if (isKernel(next, 'matmul')) {
    const { batch, n, transposeA, transposeB } = next.spec
    return conv.groups === 1 && batch === 1 && n === conv.outputChannels && !transposeA && !transposeB
      ? { step: next, filter }
      : null
  }
  const along = isKernel(next, 'conv') && next.spec.epilogue === null && next.spec.conv.groups === conv.groups
  return along ? { step: next, filter } : null
}

/** Writes a DeformConv for the columns and their product; false where something else follows them. */
function asDeformConv(step: KernelStep<'deformUnfold'>, scene: Scene): boolean {
  const { draft, cells } = scene
  const { conv, offsetGroups, masked } = step.spec
  const product = draft.opset >= 19 ? productAfter(scene, step) : null
  if (product === null) return false
  const { batch, kernel, inputChannels, outputChannels, groups } = conv
  const channelsFirst = [0, 3, 1, 2]
  const taps = sizeOf(kernel)
  const of = (cell: Cell, size: readonly number[], channels: number): string =>
    cells.as(cell, [batch, ...size, channels], channelsFirst)
  const [x, offsets, mask] = step.inputs
  const inputs = [
    of(x, conv.inputSize, inputChannels),
    cells.as(product.filter, [...kernel, inputChannels / groups, outputChannels], [3, 2, 0, 1], 'weight'),
    of(offsets, conv.outputSize, offsetGroups * taps * 2),
    ...(masked ? ['', of(mask, conv.outputSize, offsetGroups * taps)] : []),
  ]
  const shape = [batch, ...conv.outputSize, outputChannels]
  const dims = channelsFirst.map((axis) => shape[axis])
  const name = draft.node('DeformConv', inputs, dims, {
    ...{ kernel_shape: ints(kernel), strides: ints(conv.stride), dilations: ints(conv.dilation) },
    pads: ints([0, 1].flatMap((side) => conv.padding.map((pair) => pair[side]))),
    ...{ group: int(groups), offset_group: int(offsetGroups) },
  })
  scene.done.add(product.step)
  cells.put(product.step.outputs[0], { shape, order: channelsFirst, name })
  return true
}

const translateDeformUnfold: Translate<'deformUnfold'> = (step, scene) => {
  if (asDeformConv(step, scene)) return
  const {
    spec,
    inputs,
    outputs: [y],
  } = step
  const { draft, cells } = scene
  const { conv, offsetGroups, masked } = spec
  const [x, offsets, mask] = inputs
  const [height, width] = conv.inputSize
  const [kernelH, kernelW] = conv.kernel
  const taps = kernelH * kernelW
  const [outH, outW] = conv.outputSize
  const outputs = outH * outW
  const { batch, inputChannels: channels } = conv
  const perGroup = channels / offsetGroups
  // All places of one picture and one group of offsets in a row: [batch, groups, outputs · taps].
  const sampled = [batch, offsetGroups, outputs * taps]
  const p = new Pointwise(draft, sampled)
  const shifts = [batch, outputs, offsetGroups, taps, 2]
  const moved = cells.as(offsets, shifts, [4, 0, 2, 1, 3])
  const regular = (axis: 0 | 1): Float32Array => {
    const values = new Float32Array(outputs * taps)
    for (let o = 0; o < outputs; o++)
      for (let t = 0; t < taps; t++) {
        const [at, tap] = axis === 0 ? [Math.floor(o / outW), Math.floor(t / kernelW)] : [o % outW, t % kernelW]
        values[o * taps + t] = at * conv.stride[axis] - conv.padding[axis][0] + tap * conv.dilation[axis]
      }
    return values
  }
  const place = (axis: 0 | 1): string => {
    const index = draft.indices('coordinate', [], [axis])
    const own = draft.node('Gather', [moved, index], [batch, offsetGroups, outputs, taps], { axis: int(0) })
    const flat = draft.node('Reshape', [own, draft.lengths(sampled, 'shape')], sampled)
    return p.add(flat, draft.floats(axis === 0 ? 'rows' : 'columns', [outputs * taps], regular(axis)))
  }
  const [down, across] = [place(0), place(1)]
  const [top, left] = [p.node('Floor', [down]), p.node('Floor', [across])]
  const [fy, fx] = [p.subtract(down, top), p.subtract(across, left)]
  const picture = [batch, height * width, offsetGroups, perGroup]
  const source = cells.as(x, picture, [0, 2, 3, 1])
  const gathered = [batch, offsetGroups, perGroup, outputs * taps]
  const whole = new Pointwise(draft, gathered)
  const lifted = (name: string): string =>
    draft.node(
      'Reshape',
      [name, draft.lengths([batch, offsetGroups, 1, outputs * taps], 'shape')],
      [...[batch, offsetGroups, 1, outputs * taps]],
    )
  const corner = (y: string, x: string, weight: string): string => {
    const inside = p.node('And', [
      p.node('And', [p.greater(y, p.number(-1)), p.less(y, p.number(height))]),
      p.node('And', [p.greater(x, p.number(-1)), p.less(x, p.number(width))]),
    ])
    const within = (value: string, size: number): string =>
      p.node('Min', [p.node('Max', [value, p.number(0)]), p.number(size - 1)])
    const at = p.add(p.multiply(within(y, height), p.number(width)), within(x, width))
    const index = p.cast(p.where(inside, at, p.number(0)), 'int64')
    const wide = draft.node('Expand', [lifted(index), draft.lengths([1, 1, perGroup, 1], 'shape')], gathered)
    const values = draft.node('GatherElements', [source, wide], gathered, { axis: int(3) })
    return whole.multiply(values, lifted(p.where(inside, weight, p.number(0))))
  }
  const one = p.number(1)
  const [up, back] = [p.subtract(one, fy), p.subtract(one, fx)]
  const [bottom, right] = [p.add(top, one), p.add(left, one)]
  const parts = [
    corner(top, left, p.multiply(up, back)),
    corner(top, right, p.multiply(up, fx)),
    corner(bottom, left, p.multiply(fy, back)),
    corner(bottom, right, p.multiply(fy, fx)),
  ]
  let name = parts.reduce((a, b) => whole.add(a, b))
  if (masked) {
    const scale = cells.as(mask, [batch, outputs, offsetGroups, taps], [0, 2, 1, 3])
    name = whole.multiply(name, lifted(draft.node('Reshape', [scale, draft.lengths(sampled, 'shape')], sampled)))
  }
  // In memory [batch, outputs, taps, groups, channels of a group].
  const shape = [batch, outputs, taps, offsetGroups, perGroup]
  const dims = [batch, offsetGroups, perGroup, outputs, taps]
  const apart = draft.node('Reshape', [name, draft.lengths(dims, 'shape')], dims)
  cells.put(y, { shape, order: [0, 3, 4, 1, 2], name: apart })
}

export const deform: Translations = { deformUnfold: translateDeformUnfold }
