// The same convolution in PyTorch: channels first, filters [out, in / groups, ...kernel], transposed [in, out / groups, ...kernel].
//
// PyTorch pads the same on both sides of an axis, so that what is not goes through `pad` before, or is cut off after. Its names
// of edges are others than SciPy's: reflect is our mirror, replicate our edge, circular our wrap; our reflect it lacks.

import { elementAt } from 'convoke/shapes'
import { libraryFilter } from '../filter-layout.ts'
import { inputShape, type SlideState } from '../state.ts'
import { nested, transposed } from './nested.ts'

const tuple = (values: readonly number[]): string => (values.length === 1 ? `${values[0]}` : `(${values.join(', ')})`)

/** Pairs as `torch.nn.functional.pad` takes them: the last axis first. */
const padText = (state: SlideState): string => `(${[...state.padding].reverse().flat().join(', ')})`

const isEven = ({ padding }: SlideState): boolean => padding.every(([before, after]) => before === after)

const isPadded = ({ padding }: SlideState): boolean => padding.flat().some((width) => width > 0)

/** PyTorch's name of an edge, where it has one that reaches so far. */
function torchMode({ boundary, size, padding }: SlideState): string | undefined {
  const reach = (most: (size: number) => number): boolean =>
    padding.every((pair, axis) => pair.every((width) => width <= most(size[axis])))
  if (boundary === 'edge') return 'replicate'
  if (boundary === 'mirror' && reach((n) => n - 1)) return 'reflect'
  return boundary === 'wrap' && reach((n) => n) ? 'circular' : undefined
}

/** Lines that frame `x` as the state says, where the convolution cannot do so itself. */
function framing(state: SlideState): string[] {
  if (state.boundary === 'zero') return [`x = F.pad(x, ${padText(state)})`]
  const mode = torchMode(state)
  if (mode !== undefined) return [`x = F.pad(x, ${padText(state)}, mode="${mode}")`]
  const places = state.size.map((size, axis) =>
    Array.from({ length: state.padding[axis][0] + size + state.padding[axis][1] }, (_, cell) =>
      elementAt(state.boundary, cell - state.padding[axis][0], size),
    ),
  )
  const lines = places.map((list, axis) => `x = x.index_select(${axis + 2}, torch.tensor([${list.join(', ')}]))`)
  return [`# F.pad has no such edge ("${state.boundary}" in SciPy): the elements are picked one by one.`, ...lines]
}

export function pytorchOf(state: SlideState): string {
  const { rank } = state
  const spatial = state.size.map((_, axis) => axis)
  const shape = inputShape(state)
  const x = transposed(state.input, shape, [rank, ...spatial])
  const filter = libraryFilter(state)
  const w = transposed(filter.values, filter.shape, [rank + 1, rank, ...spatial])
  const at = (list: readonly number[], order: readonly number[]): number[] => order.map((axis) => list[axis])
  const firstShape = at(shape, [rank, ...spatial])
  const filterShape = at(filter.shape, [rank + 1, rank, ...spatial])
  const dims = spatial.map((axis) => axis + 2)
  const axes = rank === 1 ? 'length' : 'height, width'
  const lines = [
    'import torch',
    'import torch.nn.functional as F',
    '',
    `# [batch, channels, ${axes}]`,
    `x = torch.tensor([${nested(x, firstShape)}], dtype=torch.float32)`,
    `# [${state.transposed ? 'in, out / groups' : 'out, in / groups'}, ${axes}]`,
    `w = torch.tensor(${nested(w, filterShape)}, dtype=torch.float32)`,
    '',
    ...(state.flipped ? [`w = w.flip(${dims.join(', ')})  # the textbook's convolution turns the kernel`] : []),
    ...(state.transposed ? transposedLines(state) : slidingLines(state)),
    'print(y[0])',
    '',
  ]
  return lines.join('\n')
}

function slidingLines(state: SlideState): string[] {
  const inside = state.boundary === 'zero' && isEven(state)
  const framed = isPadded(state) && !inside
  const options = [
    `stride=${tuple(state.stride)}`,
    inside && `padding=${tuple(state.padding.map(([before]) => before))}`,
    `dilation=${tuple(state.dilation)}`,
    state.groups > 1 && `groups=${state.groups}`,
  ].filter((option) => option !== false)
  return [...(framed ? framing(state) : []), `y = F.conv${state.rank}d(x, w, ${options.join(', ')})`]
}

function transposedLines(state: SlideState): string[] {
  const even = isEven(state)
  const options = [
    `stride=${tuple(state.stride)}`,
    even && `padding=${tuple(state.padding.map(([before]) => before))}`,
    `output_padding=${tuple(state.outputPadding)}`,
    `dilation=${tuple(state.dilation)}`,
    state.groups > 1 && `groups=${state.groups}`,
  ].filter((option) => option !== false)
  const cut = state.padding.map(([before, after], axis) => `${before}:y.shape[${axis + 2}] - ${after}`)
  return [
    `y = F.conv_transpose${state.rank}d(x, w, ${options.join(', ')})`,
    ...(even ? [] : [`y = y[:, :, ${cut.join(', ')}]  # padding cuts off a different number on each side`]),
  ]
}
