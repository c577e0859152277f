// Modules made of modules, and the small ones that only move or bend values.

import { activate, resolveActivation } from '../ops/activations.ts'
import { type ActivationOption, add, type ResizeMode, reshape, resize } from '../ops/index.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineModule, type Module } from './module.ts'

/** A module, or any function from a tensor to a tensor. */
export type Layer = Module | ((x: Tensor) => Tensor)

const isModule = (layer: Layer): layer is Module => 'kind' in layer && 'children' in layer

const asModule = (layer: Layer, where: string): Module => {
  check(typeof layer === 'function', () => `${where}: a layer is ${show(layer)}; it must be a module or a function.`)
  return isModule(layer) ? layer : defineModule({ kind: layer.name || 'Function', forward: () => layer })
}

/** Children by name, for a module that is written by hand. */
const asChildren = (layers: Readonly<Record<string, Layer>>, where: string): Record<string, Module> =>
  Object.fromEntries(Object.entries(layers).map(([name, layer]) => [name, asModule(layer, where)]))

/**
 * Layers one after another: in order, named `0`, `1`, …, or under their own names. Ops can be used as layers.
 *
 * @example
 * const model = nn.Sequential(nn.Conv2d({ in: 1, out: 4, kernel: 3 }), relu, nn.GlobalAveragePool(), nn.Linear({ in: 4, out: 10 }))
 * model(zeros([2, 28, 28, 1])).shape  // [2, 10]
 * Object.keys(model.state())  // ["0.weight", "0.bias", "3.weight", "3.bias"]
 */
export function Sequential(...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]): Module {
  const [first] = layers
  const named = layers.length === 1 && typeof first === 'object' ? first : Object.fromEntries(layers.entries())
  return defineModule({
    kind: 'Sequential',
    children: asChildren(named as Readonly<Record<string, Layer>>, 'Sequential'),
    forward:
      ({ children }) =>
      (x: Tensor) =>
        Object.values(children).reduce((value, layer) => layer(value), x),
  })
}

/** The options of `Residual`. */
export interface ResidualOptions {
  /** What the input passes through on its way around the body; the identity when not given. */
  readonly shortcut?: Layer | undefined
  /** Applied to the sum. */
  readonly activation?: ActivationOption | undefined
}

/** activation(body(x) + shortcut(x)) (He et al. 2016). Children: `body`, `shortcut`. */
export function Residual(body: Layer, options: ResidualOptions = {}): Module {
  const { shortcut, activation } = options
  const resolved = resolveActivation('Residual', activation)
  return defineModule({
    kind: 'Residual',
    options: { activation },
    children: {
      body: asModule(body, 'Residual'),
      ...(shortcut === undefined ? {} : { shortcut: asModule(shortcut, 'Residual') }),
    },
    forward:
      ({ children }) =>
      (x: Tensor) => {
        const y = add(children.body(x), children.shortcut === undefined ? x : children.shortcut(x))
        return resolved === null ? y : activate(resolved, y)
      },
  })
}

/** An activation by name, or with constants: `Activation({ kind: 'leakyRelu', alpha: 0.2 })`. */
export function Activation(activation: ActivationOption): Module {
  const resolved = resolveActivation('Activation', activation)
  return defineModule({
    kind: 'Activation',
    options: { activation },
    forward: () => (x: Tensor) => (resolved === null ? x : activate(resolved, x)),
  })
}

/** `[batch, ...]` → `[batch, features]`, row-major: channels vary fastest. */
export const Flatten = (): Module =>
  defineModule({ kind: 'Flatten', forward: () => (x: Tensor) => reshape(x, [x.shape[0], -1]) })

/** Each example under another shape; the batch axis stays. */
export const Reshape = (...shape: readonly number[]): Module =>
  defineModule({
    kind: 'Reshape',
    options: { shape },
    forward: () => (x: Tensor) => reshape(x, [x.shape[0], ...shape]),
  })

/** The options of `Upsample`. */
export interface UpsampleOptions {
  /** How many times as large each spatial axis becomes; the size is rounded down. */
  readonly factor: number
  /** How values are computed: 'nearest' when not given. */
  readonly mode?: ResizeMode | undefined
}

/** Pictures `factor` times as large. */
export function Upsample(options: UpsampleOptions): Module {
  checkOptions('Upsample', options, ['factor', 'mode'])
  const { factor, mode = 'nearest' } = options
  return defineModule({
    kind: 'Upsample',
    options: { factor, mode },
    forward: () => (x: Tensor) => resize(x, { scale: factor, mode }),
  })
}
