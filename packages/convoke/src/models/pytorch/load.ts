// Weights of PyTorch and timm into the networks here.

import { scope } from '../../autodiff/gradients.ts'
import type { HostTensor } from '../../formats/host.ts'
import { fromHost } from '../../formats/host.ts'
import type { Module } from '../../nn/module.ts'
import { shapesOf } from '../../nn/tree.ts'
import { check, checkFlag, checkOptions, show, showShape } from '../../shapes/error.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { channelsLast } from './layout.ts'
import { type Naming, namings } from './names.ts'

/** The options of `loadPyTorch`. */
export interface PyTorchOptions {
  /** Keeps the module's own last layer, to be trained, where the file has none or one for another number of classes. When not given, such a file is refused. */
  readonly keepHead?: boolean | undefined
  /** Whether every name and shape must agree: true when not given. With false, tensors that do not agree are skipped and reported. */
  readonly strict?: boolean | undefined
}

/** What `loadPyTorch` did. */
export interface PyTorchReport {
  /** Whose names the file has: 'ResNet of torchvision and timm'. */
  readonly names: string
  /** Tensors that were put in place. */
  readonly loaded: readonly {
    /** The tensor of the module. */
    readonly name: string
    /** The tensor of the file that it took. */
    readonly from: string
  }[]
  /** Tensors of the module that the file lacks. */
  readonly missing: readonly string[]
  /** Tensors of the file that the module has no place for. */
  readonly unexpected: readonly string[]
  /** Tensors that both have, with shapes that do not agree. */
  readonly mismatched: readonly {
    /** The tensor of the module. */
    readonly name: string
    /** The tensor of the file. */
    readonly from: string
    /** Shape in the file. */
    readonly shape: readonly number[]
    /** Shape that the module needs. */
    readonly expected: readonly number[]
  }[]
  /** Tensors of the module's last layer that stayed, for other classes. */
  readonly kept: readonly string[]
}

/** Counters of training steps, which nothing here reads. */
const isCounter = (name: string): boolean => name.endsWith('.num_batches_tracked')

/** What wrappers put before all names. */
const prefixes = ['module.', 'model.', 'state_dict.', '_orig_mod.']

function withoutPrefix(tensors: Readonly<Record<string, HostTensor>>): ReadonlyMap<string, HostTensor> {
  let entries = Object.entries(tensors).filter(([name]) => !isCounter(name))
  for (;;) {
    const common = prefixes.find((prefix) => entries.length > 0 && entries.every(([name]) => name.startsWith(prefix)))
    if (common === undefined) return new Map(entries)
    entries = entries.map(([name, tensor]) => [name.slice(common.length), tensor])
  }
}

const head = 'head.'

/**
 * Puts weights of torchvision's or timm's ResNets, VGGs, MobileNetV2s and ConvNeXts into the network of the same architecture: `tensors` is
 * what `decodeSafetensors` or `decodeNpz` reads. Names are matched, filters brought from `[out, in, height, width]` to `[height, width, in, out]`,
 * running statistics taken along. Throws `ConvokeError`, with the module unchanged, unless every tensor of either side has its counterpart.
 *
 * ```ts ignore
 * const model = models.ResNet18({ classes: 37 })
 * const { tensors } = await readSafetensors('resnet18.safetensors')
 * models.loadPyTorch(model, tensors, { keepHead: true }).kept  // ["head.weight", "head.bias"]
 * ```
 */
export function loadPyTorch(
  model: Module,
  tensors: Readonly<Record<string, HostTensor>>,
  options: PyTorchOptions = {},
): PyTorchReport {
  checkOptions('loadPyTorch', options, ['keepHead', 'strict'])
  checkFlag('loadPyTorch', 'keepHead', options.keepHead)
  checkFlag('loadPyTorch', 'strict', options.strict)
  const shapes = shapesOf(model)
  const given = withoutPrefix(tensors)
  const { title, pairs } = bestNaming(Object.keys(shapes), given)
  const mismatched: PyTorchReport['mismatched'][number][] = []
  const state: Record<string, Tensor> = {}
  try {
    for (const [name, from] of pairs) {
      const tensor = given.get(from)!
      const overMaps = /^VGG/.test(title) && name === 'fc1.weight'
      const found = scope(() => {
        const { weights } = fromHost({ weights: { ...tensor, dtype: 'float32', data: asFloats(tensor.data) } })
        return channelsLast(weights, shapes[name], overMaps)
      })
      if (found === null) mismatched.push({ name, from, shape: tensor.shape, expected: shapes[name] })
      else state[name] = found
    }
    const own = Object.keys(shapes).filter((name) => name.startsWith(head))
    const kept = options.keepHead === true && own.some((name) => !(name in state)) ? own : []
    const used = new Set(pairs.values())
    const report: PyTorchReport = {
      names: title,
      loaded: [...pairs].flatMap(([name, from]) => (name in state && !kept.includes(name) ? [{ name, from }] : [])),
      missing: Object.keys(shapes).filter((name) => !pairs.has(name) && !kept.includes(name)),
      unexpected: [...given.keys()].filter((name) => !used.has(name)),
      mismatched: mismatched.filter(({ name }) => !kept.includes(name)),
      kept,
    }
    if (options.strict !== false) checkComplete(report)
    const loaded = report.loaded.map(({ name }) => [name, state[name]] as const)
    model.loadState(Object.fromEntries(loaded), { strict: false })
    return report
  } finally {
    for (const tensor of Object.values(state)) tensor.dispose()
  }
}

const asFloats = (data: HostTensor['data']): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data)

interface Match {
  readonly title: string
  /** Names here and there of tensors that both have. */
  readonly pairs: ReadonlyMap<string, string>
}

function matchOf({ title, foreign }: Naming, names: ReadonlySet<string>, given: ReadonlyMap<string, unknown>): Match {
  const pairs = [...names].flatMap((name): [string, string][] => {
    const there = foreign(name, names)
    return there !== undefined && given.has(there) ? [[name, there]] : []
  })
  return { title, pairs: new Map(pairs) }
}

/** The naming that most tensors agree with. */
function bestNaming(names: readonly string[], given: ReadonlyMap<string, HostTensor>): Match {
  const own = new Set(names)
  const best = namings
    .map((naming) => matchOf(naming, own, given))
    .reduce((a, b) => (b.pairs.size > a.pairs.size ? b : a))
  check(
    best.pairs.size > 0,
    () =>
      `loadPyTorch: no tensor of the file belongs to this network. The file has ${some([...given.keys()])}; the network ${some(names)}. Known names: ${namings.map(({ title }) => title).join(', ')}.`,
  )
  return best
}

const some = (names: readonly string[]): string =>
  names.length > 4
    ? `${names.slice(0, 4).map(show).join(', ')} and ${names.length - 4} more`
    : names.map(show).join(', ') || 'nothing'

function checkComplete({ names, missing, unexpected, mismatched }: PyTorchReport): void {
  const differences = [
    ...mismatched.map(
      ({ name, from, shape, expected }) =>
        `${from} has shape ${showShape(shape)}, which does not become ${showShape(expected)} of ${name}`,
    ),
    ...missing.map((name) => `${name} is not in the file`),
    ...unexpected.map((name) => `${show(name)} of the file has no place`),
  ]
  check(
    differences.length === 0,
    () =>
      `loadPyTorch: the file (${names}) is of another architecture: ${differences.slice(0, 6).join('; ')}${differences.length > 6 ? `; and ${differences.length - 6} more` : ''}. Build the network as it was (depth, width, norm, stem, classes), keep its own last layer with { keepHead: true }, or take what fits with { strict: false }.`,
  )
}
