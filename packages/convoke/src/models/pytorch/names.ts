// What PyTorch's model zoos call the tensors of networks that are here too: torchvision 0.14 and later, timm 0.9 and later, and the authors'
// own code where its files are still about. A naming goes from a tensor's name here to its name there.

export interface Naming {
  /** The network and whose names they are. */
  readonly title: string
  /** The name there, or undefined for a tensor that this naming does not know. `names`: those of all tensors of the module. */
  readonly foreign: (name: string, names: ReadonlySet<string>) => string | undefined
}

/** A pattern of the path of a module here, and where it is there; or nothing, where a part of the pattern decides so. */
type Rule = readonly [path: RegExp, there: (part: (index: number) => string, names: ReadonlySet<string>) => string]

const tensorNames: Readonly<Record<string, string>> = {
  ...{ weight: 'weight', bias: 'bias', scale: 'weight', mean: 'running_mean', variance: 'running_var' },
}

const naming = (title: string, rules: readonly Rule[]): Naming => ({
  title,
  foreign(name, names) {
    const cut = name.lastIndexOf('.')
    const [path, own] = [name.slice(0, Math.max(cut, 0)), name.slice(cut + 1)]
    for (const [pattern, there] of rules) {
      const found = pattern.exec(path)
      if (found === null) continue
      const foreign = there((index) => found[index] ?? '', names)
      // Scales of layers are tensors of their block, without a module of their own.
      return /(?:layer_scale|gamma)$/.test(foreign) ? foreign : `${foreign}.${tensorNames[own]}`
    }
    return undefined
  },
})

const resnet: readonly Rule[] = [
  [/^stem\.conv$/, (_, names) => (names.has('stem1.conv.weight') ? 'conv1.6' : 'conv1')],
  [/^stem\.norm$/, () => 'bn1'],
  [/^stem1\.(conv|norm)$/, (part) => (part(1) === 'conv' ? 'conv1.0' : 'conv1.1')],
  [/^stem2\.(conv|norm)$/, (part) => (part(1) === 'conv' ? 'conv1.3' : 'conv1.4')],
  [/^stage(\d+)\.(\d+)\.body\.conv(\d)\.conv$/, (part) => `layer${part(1)}.${part(2)}.conv${part(3)}`],
  [/^stage(\d+)\.(\d+)\.body\.conv(\d)\.norm$/, (part) => `layer${part(1)}.${part(2)}.bn${part(3)}`],
  [
    /^stage(\d+)\.(\d+)\.shortcut\.(project\.)?(conv|norm)$/,
    (part) =>
      `layer${part(1)}.${part(2)}.downsample.${Number(part(3) !== '') /* the mean before it */ + Number(part(4) === 'norm')}`,
  ],
  [/^head$/, () => 'fc'],
]

/** Where a convolution of a VGG stands among all layers, the pools and activations counted. */
function layerOfVgg(block: number, conv: number, names: ReadonlySet<string>): number {
  const isNormal = names.has('block1.norm1.scale')
  const convsOf = (index: number): number =>
    [1, 2, 3, 4].filter((one) => names.has(`block${index}.conv${one}.weight`)).length
  const before = Array.from({ length: block - 1 }, (_, i) => convsOf(i + 1) * (isNormal ? 3 : 2) + 1)
  return before.reduce((sum, one) => sum + one, 0) + (conv - 1) * (isNormal ? 3 : 2)
}

const vgg = (fc1: string, fc2: string, head: string): readonly Rule[] => [
  [
    /^block(\d)\.(conv|norm)(\d)$/,
    (part, names) =>
      `features.${layerOfVgg(Number(part(1)), Number(part(3)), names) + Number(part(2) === 'norm' /* after it */)}`,
  ],
  [/^fc1$/, () => fc1],
  [/^fc2$/, () => fc2],
  [/^head$/, () => head],
]

/** Blocks of each stage of MobileNetV2. */
const repetitions = [1, 2, 3, 4, 3, 3, 1]

/** Stage and place within it of the block so far from the first. */
function stageOf(block: number): string {
  let [stage, left] = [0, block]
  while (stage < repetitions.length - 1 && left >= repetitions[stage]) left -= repetitions[stage++]
  return `${stage}.${left}`
}

const order = ['expand', 'depthwise', 'project']
const blockOfMobileNet = /^blocks\.(\d+)\.(?:body\.)?(expand|depthwise|project)\.(conv|norm)$/

/** Which of a block's convolutions it is, the first block having no expansion. */
const placeIn = (block: string, conv: string): number => order.indexOf(conv) - Number(block === '0')

const mobileNetOfTorchvision: readonly Rule[] = [
  [/^stem\.(conv|norm)$/, (part) => `features.0.${Number(part(1) === 'norm')}`],
  [
    blockOfMobileNet,
    (part) => {
      const [place, norm] = [placeIn(part(1), part(2)), Number(part(3) === 'norm')]
      // All but the last convolution have their normalisation and activation with them.
      const inside = part(2) === 'project' ? String(place + norm) : `${place}.${norm}`
      return `features.${Number(part(1)) + 1}.conv.${inside}`
    },
  ],
  [/^last\.(conv|norm)$/, (part) => `features.18.${Number(part(1) === 'norm')}`],
  [/^head$/, () => 'classifier.1'],
]

const mobileNetOfTimm: readonly Rule[] = [
  [/^stem\.(conv|norm)$/, (part) => (part(1) === 'conv' ? 'conv_stem' : 'bn1')],
  [
    blockOfMobileNet,
    (part) => {
      const names = part(1) === '0' ? ['conv_dw', 'conv_pw'] : ['conv_pw', 'conv_dw', 'conv_pwl']
      const place = placeIn(part(1), part(2))
      return `blocks.${stageOf(Number(part(1)))}.${part(3) === 'conv' ? names[place] : `bn${place + 1}`}`
    },
  ],
  [/^last\.(conv|norm)$/, (part) => (part(1) === 'conv' ? 'conv_head' : 'bn2')],
  [/^head$/, () => 'classifier'],
]

interface ConvNeXtNames {
  readonly stem: string
  /** From the number of a stage, counted from 0. */
  readonly shrink: (stage: number) => string
  readonly block: (stage: number, block: string) => string
  readonly layers: Readonly<Record<string, string>>
  readonly lastNorm: string
  readonly head: string
}

const convNeXt = ({ stem, shrink, block, layers, lastNorm, head }: ConvNeXtNames): readonly Rule[] => [
  [/^stem$/, () => `${stem}.0`],
  [/^norm$/, () => `${stem}.1`],
  [/^stage(\d+)\.(norm|shrink)$/, (part) => `${shrink(Number(part(1)) - 1)}.${Number(part(2) === 'shrink')}`],
  [
    /^stage(\d+)\.blocks\.(\d+)\.body\.(\w+)$/,
    (part) => `${block(Number(part(1)) - 1, part(2))}.${layers[part(3)] ?? part(3)}`,
  ],
  [/^lastNorm$/, () => lastNorm],
  [/^head$/, () => head],
]

export const namings: readonly Naming[] = [
  naming('ResNet of torchvision and timm', resnet),
  naming('VGG of torchvision', vgg('classifier.0', 'classifier.3', 'classifier.6')),
  naming('VGG of timm', vgg('pre_logits.fc1', 'pre_logits.fc2', 'head.fc')),
  naming('MobileNetV2 of torchvision', mobileNetOfTorchvision),
  naming('MobileNetV2 of timm', mobileNetOfTimm),
  naming(
    'ConvNeXt of torchvision',
    convNeXt({
      stem: 'features.0',
      shrink: (stage) => `features.${2 * stage}`,
      block: (stage, index) => `features.${2 * stage + 1}.${index}`,
      layers: { depthwise: 'block.0', norm: 'block.2', expand: 'block.3', project: 'block.5', scale: 'layer_scale' },
      lastNorm: 'classifier.0',
      head: 'classifier.2',
    }),
  ),
  naming(
    'ConvNeXt of timm',
    convNeXt({
      stem: 'stem',
      shrink: (stage) => `stages.${stage}.downsample`,
      block: (stage, index) => `stages.${stage}.blocks.${index}`,
      layers: { depthwise: 'conv_dw', expand: 'mlp.fc1', project: 'mlp.fc2', scale: 'gamma' },
      lastNorm: 'head.norm',
      head: 'head.fc',
    }),
  ),
  naming(
    'ConvNeXt of its authors',
    convNeXt({
      stem: 'downsample_layers.0',
      shrink: (stage) => `downsample_layers.${stage}`,
      block: (stage, index) => `stages.${stage}.${index}`,
      layers: { depthwise: 'dwconv', expand: 'pwconv1', project: 'pwconv2', scale: 'gamma' },
      lastNorm: 'norm',
      head: 'head',
    }),
  ),
]
