// The same stack in PyTorch: channels first, filters [out, in / groups, ...kernel], transposed [in, out / groups, ...kernel].
//
// PyTorch's layers pad the same on both sides, and its means count padding; what differs goes through layers of its own.

import { groupsOf } from '../layers.ts'
import { seedText, seenText, uniformText } from './python.ts'
import {
  type Pair,
  pair,
  type Resolved,
  resolvedLayers,
  type Shown,
  transposedOf,
  type Window,
  windowOf,
} from './resolve.ts'

const tuple = ([rows, columns]: Pair): string => (rows === columns ? String(rows) : `(${rows}, ${columns})`)
/** Left, right, top, bottom. */
const padTuple = ([rows, columns]: Window['padding']): string => `(${[...columns, ...rows].join(', ')})`
const isEven = (padding: Window['padding']): boolean => padding.every(([before, after]) => before === after)
const isPadded = (padding: Window['padding']): boolean => padding.flat().some((width) => width > 0)

/** Options of a layer that differ from PyTorch's own. */
const options = (entries: readonly (readonly [name: string, text: string, usual: string])[]): string =>
  entries
    .filter(([, text, usual]) => text !== usual)
    .map(([name, text]) => `, ${name}=${text}`)
    .join('')

const activations: Readonly<Record<string, string>> = {
  ...{ relu: 'ReLU()', relu6: 'ReLU6()', leakyrelu: 'LeakyReLU(0.01)', elu: 'ELU()', gelu: 'GELU()', silu: 'SiLU()' },
  ...{ mish: 'Mish()', sigmoid: 'Sigmoid()', tanh: 'Tanh()', softplus: 'Softplus()', softmax: 'Softmax(dim=1)' },
  ...{ hardswish: 'Hardswish()', hardsigmoid: 'Hardsigmoid()', dropout: 'Dropout()' },
}

const classes = {
  Flatten: `class Flatten(nn.Module):
    """Row by row, channels fastest."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)
`,
  Crop: `class Crop(nn.Module):
    """Takes rows and columns away: left, right, top, bottom."""

    def __init__(self, sides):
        super().__init__()
        self.sides = sides

    def forward(self, x):
        return F.pad(x, [-side for side in self.sides])
`,
  MeanPool: `class MeanPool(nn.Module):
    """Means over what of each window lies inside the picture. Padding: left, right, top, bottom."""

    def __init__(self, kernel, stride, dilation, padding):
        super().__init__()
        self.taps = torch.ones(1, 1, *kernel)
        self.geometry = {"stride": stride, "dilation": dilation}
        self.padding = padding

    def forward(self, x):
        batch, channels, height, width = x.shape
        sums = F.conv2d(F.pad(x.reshape(-1, 1, height, width), self.padding), self.taps, **self.geometry)
        counts = F.conv2d(F.pad(torch.ones(1, 1, height, width), self.padding), self.taps, **self.geometry)
        return (sums / counts).reshape(batch, channels, *sums.shape[2:])
`,
  SingleNorm: `class SingleNorm(nn.Module):
    """Group normalisation of groups of one value: each is its own mean."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x - x
`,
  ChannelNorm: `class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each position."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        y = F.layer_norm(x.movedim(1, -1), self.weight.shape, self.weight, self.bias)
        return y.movedim(-1, 1)
`,
} as const

function convText(
  channels: number,
  out: number,
  { kernel, stride, dilation, padding }: Window,
  groups: number,
  bias: boolean,
): string[] {
  const even = isEven(padding)
  const pads: Pair = even ? [padding[0][0], padding[1][0]] : [0, 0]
  const text = `nn.Conv2d(${channels}, ${out}, ${tuple(kernel)}${options([
    ['stride', tuple(stride), '1'],
    ['padding', tuple(pads), '0'],
    ['dilation', tuple(dilation), '1'],
    ['groups', String(groups), '1'],
    ['bias', bias ? 'True' : 'False', 'True'],
  ])})`
  return even ? [text] : [`nn.ZeroPad2d(${padTuple(padding)})`, text]
}

function transposedText(resolved: Parameters<typeof transposedOf>[0]): string[] {
  const { layer, channels } = resolved
  const { kernel, stride, dilation, padding, outputPadding } = transposedOf(resolved)
  const least = padding.map(([before, after]) => Math.min(before, after))
  const text = `nn.ConvTranspose2d(${channels}, ${layer.channels}, ${tuple(kernel)}${options([
    ['stride', tuple(stride), '1'],
    ['padding', tuple([least[0], least[1]]), '0'],
    ['output_padding', tuple(outputPadding), '0'],
    ['dilation', tuple(dilation), '1'],
    ['groups', String(layer.groups ?? 1), '1'],
    ['bias', layer.bias === false ? 'False' : 'True', 'True'],
  ])})`
  if (isEven(padding)) return [text]
  const rest = padding.map(([before, after], axis) => [before - least[axis], after - least[axis]])
  return [text, `Crop((${[...rest[1], ...rest[0]].join(', ')}))`]
}

function poolText(kind: 'max' | 'average', { kernel, stride, dilation, padding }: Window): string[] {
  const sided = tuple(stride) === tuple(kernel) ? '' : `, stride=${tuple(stride)}`
  if (kind === 'average') {
    const plain = !isPadded(padding) && dilation.every((one) => one === 1)
    if (plain) return [`nn.AvgPool2d(${tuple(kernel)}${sided})`]
    return [`MeanPool((${kernel.join(', ')}), (${stride.join(', ')}), (${dilation.join(', ')}), ${padTuple(padding)})`]
  }
  const dilated = options([['dilation', tuple(dilation), '1']])
  const text = `nn.MaxPool2d(${tuple(kernel)}${sided}${dilated})`
  return isPadded(padding) ? [`nn.ConstantPad2d(${padTuple(padding)}, -float("inf"))`, text] : [text]
}

/** Instance normalisation is that of as many groups as there are channels. PyTorch refuses groups of one value, of which nothing is left. */
const groupNormText = (groups: number, { channels, size, flat }: Resolved): string => {
  const values = (channels / groups) * (flat ? 1 : size[0] * size[1])
  return `${values === 1 ? 'SingleNorm(' : `nn.GroupNorm(${groups}, `}${channels})`
}

/** The modules of one layer. */
function modulesOf(resolved: Resolved): string[] {
  const { layer, channels, flat } = resolved
  switch (layer.kind) {
    case 'conv':
      return convText(
        channels,
        layer.channels,
        windowOf({ ...resolved, layer }),
        layer.groups ?? 1,
        layer.bias !== false,
      )
    case 'depthwise': {
      const out = channels * (layer.multiplier ?? 1)
      return convText(channels, out, windowOf({ ...resolved, layer }), channels, layer.bias !== false)
    }
    case 'separable':
      return [
        ...convText(channels, channels, windowOf({ ...resolved, layer }), channels, false),
        `nn.Conv2d(${channels}, ${layer.channels}, 1${layer.bias === false ? ', bias=False' : ''})`,
      ]
    case 'transposed':
      return transposedText({ ...resolved, layer })
    case 'pool':
      return poolText(layer.pool, windowOf({ ...resolved, layer }))
    case 'global-pool':
      return [`nn.Adaptive${layer.pool === 'max' ? 'Max' : 'Avg'}Pool2d(1)`, 'Flatten()']
    case 'adaptive-pool':
      return [`nn.Adaptive${layer.pool === 'max' ? 'Max' : 'Avg'}Pool2d((${pair(layer.size).join(', ')}))`]
    case 'upsample': {
      const mode = layer.mode === 'linear' ? 'mode="bilinear", align_corners=False' : 'mode="nearest"'
      return [`nn.Upsample(scale_factor=(${pair(layer.factor).join(', ')}), ${mode})`]
    }
    case 'linear':
      return [`nn.Linear(${channels}, ${layer.features}${layer.bias === false ? ', bias=False' : ''})`]
    case 'flatten':
      return flat ? ['nn.Identity()'] : ['Flatten()']
    case 'elementwise':
      return [`nn.${activations[layer.name]}`]
    case 'normalisation':
      if (layer.name === 'bn') return [`nn.BatchNorm${flat ? 1 : 2}d(${channels})`]
      if (layer.name === 'ln') return [`ChannelNorm(${channels})`]
      return [groupNormText(layer.name === 'in' ? channels : groupsOf(layer, channels), resolved)]
  }
}

export function pytorchOf(shown: Shown): string {
  const { inputShape, rows, layer, position, channel } = shown
  const all = resolvedLayers(shown)
  const modules = all.map(modulesOf)
  const texts = modules.flat()
  const own = Object.entries(classes).filter(([name]) => texts.some((text) => text.startsWith(`${name}(`)))
  const flat = rows[layer].outputShape.length === 1
  const { positions, channels } = rows[layer]
  const first = (position[0] * positions![1] + position[1]) * channels
  const chosen = flat
    ? channel === 0
      ? `y[0, ${first}:${first + channels}]`
      : `y[0, ${first + channel - 1}]`
    : `y[0, ${channel === 0 ? ':' : channel - 1}, ${position.join(', ')}]`
  return `import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

${seedText(shown)}


${uniformText}

${own.map(([, text]) => `${text}\n\n`).join('')}# One module a layer.
network = nn.Sequential(
${modules.map((one) => `    ${one.length === 1 ? one[0] : `nn.Sequential(${one.join(', ')})`},\n`).join('')}).eval()


def draw(modules):
    """Weights by counted numbers, no bias."""
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    for index, module in enumerate(m for m in modules.modules() if isinstance(m, kinds)):
        weight = module.weight
        shape = (*weight.shape[2:], weight.shape[1], weight.shape[0])
        values = torch.from_numpy(drawn(index, shape, weight[0].numel()))
        with torch.no_grad():
            weight.copy_(values.permute(*reversed(range(values.dim() - 2, values.dim())), *range(values.dim() - 2)))
            if module.bias is not None:
                module.bias.zero_()


def sizes():
    """Of every layer: its output [channels, rows, columns], and its parameters."""
    x = torch.zeros(1, ${inputShape[2]}, ${inputShape[0]}, ${inputShape[1]})
    found = []
    with torch.no_grad():
        for module in network:
            x = module(x)
            found.append((list(x.shape[1:]), sum(p.numel() for p in module.parameters())))
    return found


${seenText(shown, all.slice(0, layer + 1))}

def effective_field(image):
    """|d output / d pixel|, channels added up. image: [${inputShape.join(', ')}], 0 ... 1 (NumPy, float32)."""
    looked_at = network[:${layer + 1}]
    draw(looked_at)
    x = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].requires_grad_(True)
    y = looked_at(x)
    ${chosen}.sum().backward()
    return x.grad[0].abs().sum(0).numpy()
`
}
