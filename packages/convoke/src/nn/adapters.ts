// Low-rank adapters: Hu et al. 2021, "LoRA: Low-rank adaptation of large language models". A weight W, seen as a matrix
// from all that meets at one output (taps × input channels) to the outputs, stays as it is; what is learned is
//
//   W + scale · down · up        down [rows, rank], up [rank, outputs]
//
// `down` starts at random and `up` at zero, so that nothing changes before the first step. The sum is made of weights and
// not of outputs: any layer keeps its geometry, groups and activation, and merging computes the very same numbers.

import { scope } from '../autodiff/gradients.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import { add, matmul, multiply, reshape, transpose } from '../ops/index.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import { deriveSeed, freshSeed, randomSource } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCounts } from './conv.ts'
import { constant, fanInUniform } from './initializers.ts'
import type { AnyModule, TensorSpec } from './module.ts'
import { draw, inner, noteStructure, type Slot, slotOf, tensorOf } from './slots.ts'
import { few, join, matcher, modulesOf } from './tree.ts'

/** The options of `addAdapters`. */
export interface AdapterOptions {
  /** Rank of what is added to each weight; at most that of the weight itself. */
  readonly rank: number
  /** Factor on what is learned, alpha / rank in the paper: 1 when not given. */
  readonly scale?: number | undefined
  /** Layers or weights by name, `*` standing for anything: `stage*`, `*.attention.*`, `head.weight`. All when not given. */
  readonly match?: string | RegExp | undefined
  /** The same seed gives the same start; drawn afresh when not given. */
  readonly seed?: number | undefined
}

interface Found {
  /** Of the layer. */
  readonly path: string
  readonly module: AnyModule
  /** Of the weight in its layer. */
  readonly name: string
  readonly slot: Slot
}

const parts = ['down', 'up'] as const

/** Every weight of a tree that can have an adapter. */
const adaptable = (root: AnyModule): Found[] =>
  modulesOf(root).flatMap(({ path, module }) =>
    Object.entries(module[inner].slots)
      .filter(([, { role, spec }]) => role === 'parameter' && spec.groups !== undefined)
      .map(([name, slot]) => ({ path, module, name, slot })),
  )

const adapterSlots = ({ module, name }: Found): Slot[] => parts.map((part) => module[inner].slots[`${name}.${part}`])

interface AdapterSpecs {
  readonly down: TensorSpec
  readonly up: TensorSpec
}

/** Grouped weights have one pair of matrices for each group, `[groups, …]`. */
function adapterSpecs({ shape, groups = 1 }: TensorSpec, rank: number): AdapterSpecs {
  const outputs = shape[shape.length - 1] / groups
  const rows = sizeOf(shape.slice(0, -1))
  const inside = Math.min(rank, rows, outputs)
  const grouped = (matrix: readonly number[]): readonly number[] => (groups === 1 ? matrix : [groups, ...matrix])
  return {
    down: { shape: grouped([rows, inside]), initialize: fanInUniform(), fan: { in: rows, out: inside } },
    up: { shape: grouped([inside, outputs]), initialize: constant(0) },
  }
}

/** down · up in the weight's shape; the outputs of a group stand side by side on its last axis. */
function product(down: Tensor, up: Tensor, shape: readonly number[]): Tensor {
  const change = matmul(down, up)
  return reshape(change.rank === 2 ? change : transpose(change, [1, 0, 2]), shape)
}

/**
 * Gives convolutions, transposed convolutions and linear layers low-rank adapters (see the top of this file), and freezes
 * everything else: only adapters train until `unfreeze` says otherwise, say for a new head. Depthwise layers, whose weights
 * are few, and embeddings have none. Adapters are part of the module: of `parameters()`, `state()` (under the weight's name
 * with `.down` and `.up` after it), checkpoints and `summary`. Returns the model.
 *
 * @example
 * const model = nn.Sequential(nn.Conv2d({ in: 8, out: 16, kernel: 3 }), relu, nn.GlobalAveragePool(), nn.Linear({ in: 16, out: 10 }))
 * nn.addAdapters(model, { rank: 2, match: '0' })
 * Object.keys(model.namedParameters())  // ["0.weight.down", "0.weight.up"]
 * model.unfreeze('3.*').parameters().length  // 4
 * Object.keys(nn.mergeAdapters(model).state())  // ["0.weight", "0.bias", "3.weight", "3.bias"]
 */
export function addAdapters<M extends AnyModule>(model: M, options: AdapterOptions): M {
  checkOptions('addAdapters', options, ['rank', 'scale', 'match', 'seed'])
  const { rank, scale = 1, match = '*', seed = freshSeed() } = options
  checkCounts('addAdapters', { rank })
  check(
    Number.isFinite(scale) && scale !== 0,
    () => `addAdapters: scale is ${show(scale)}; it must be a number other than 0.`,
  )
  const test = matcher(match)
  const all = adaptable(model)
  const chosen = all.filter(({ path, name }) => test.test(path) || test.test(join(path, name)))
  check(
    chosen.length > 0,
    () =>
      `addAdapters: no convolution or linear layer is named ${show(String(match))}. The names are ${few(all.map(({ path, name }) => join(path, name))) || 'none'}; * stands for anything.`,
  )
  for (const { path, name, slot } of chosen) {
    check(
      slot.adapt === null,
      () =>
        `addAdapters: ${join(path, name)} has an adapter already. Call mergeAdapters(model) first, or match others.`,
    )
  }
  freezeRest(model)
  for (const { path, module, name, slot } of chosen) {
    const specs = adapterSpecs(slot.spec, rank)
    const [down, up] = parts.map((part) => {
      const own = slotOf('parameter', specs[part])
      module[inner].slots[`${name}.${part}`] = own
      draw(own, randomSource(deriveSeed(seed, `${join(path, name)}.${part}`)))
      return own
    })
    slot.adapt = (kept) =>
      scope(() => add(kept, multiply(product(tensorOf(down), tensorOf(up), slot.spec.shape), scale)))
  }
  noteStructure()
  return model
}

/** Freezes what is no adapter, and remembers what was not frozen before. */
function freezeRest(model: AnyModule): void {
  const own = new Set(adapted(model).flatMap(adapterSlots))
  for (const { module } of modulesOf(model)) {
    for (const slot of Object.values(module[inner].slots)) {
      if (slot.role !== 'parameter' || own.has(slot)) continue
      slot.held ||= !slot.frozen
      slot.frozen = true
    }
  }
}

const adapted = (model: AnyModule): Found[] => adaptable(model).filter(({ slot }) => slot.adapt !== null)

/**
 * Adds what the adapters learned to the weights and removes them: the model computes what it did, costs what it did
 * before, and its state has its first names again. What `addAdapters` froze is trained again. Returns the model.
 */
export function mergeAdapters<M extends AnyModule>(model: M): M {
  return endAdapters(model, (slot) => {
    const merged = withoutGradients(() => slot.adapt!(tensorOf(slot)))
    tensorOf(slot).assign(merged)
    merged.dispose()
  })
}

/** Removes the adapters and what they learned: the model computes again what it did before they were added. */
export const removeAdapters = <M extends AnyModule>(model: M): M => endAdapters(model, () => {})

function endAdapters<M extends AnyModule>(model: M, finish: (slot: Slot) => void): M {
  for (const found of adapted(model)) {
    finish(found.slot)
    for (const slot of adapterSlots(found)) slot.value?.dispose()
    for (const part of parts) delete found.module[inner].slots[`${found.name}.${part}`]
    found.slot.adapt = null
    noteStructure()
  }
  for (const { module } of modulesOf(model)) {
    for (const slot of Object.values(module[inner].slots)) {
      if (slot.held) slot.frozen = false
      slot.held = false
    }
  }
  return model
}

/**
 * The adapters alone, by name: a small file that turns the model it was trained on into another. They are put back with
 * `addAdapters(…)` as before, then `loadState(…, { strict: false })`.
 */
export const adapterState = (model: AnyModule): Record<string, Tensor> =>
  Object.fromEntries(
    adapted(model).flatMap((found) =>
      adapterSlots(found).map((slot, i) => [`${join(found.path, found.name)}.${parts[i]}`, tensorOf(slot)] as const),
    ),
  )
