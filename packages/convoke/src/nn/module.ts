// What a module is: a function of tensors that owns named tensors and other modules. Modules are plain objects made by
// functions; a capital letter (`Conv2d`) says that a call makes one, where the lower-case name (`conv2d`) computes.

import type { SharedNorm } from '../ops/batch-norm-of-ranks.ts'
import type { Shape } from '../shapes/broadcast.ts'
import { ConvokeError, show } from '../shapes/error.ts'
import type { RandomSource } from '../tensor/random.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Fan, Initializer } from './initializers.ts'
import { createInner, type Inner, inner } from './slots.ts'
import * as tree from './tree.ts'

/** A tensor a module owns: drawn when first used, so that building, counting and loading cost nothing. */
export interface TensorSpec {
  /** The shape of the tensor. */
  readonly shape: Shape
  /** Draws its values. */
  readonly initialize: Initializer
  /** What fan-based initialisers scale by; 1 and 1 when not given. */
  readonly fan?: Fan | undefined
  /**
   * Says that the tensor is a linear map, its outputs on the last axis, and in how many groups: each group of outputs
   * has inputs of its own. Only such tensors can have adapters.
   */
  readonly groups?: number | undefined
}

/** The tensors of a module by name; undefined for one that an option leaves out. */
export type TensorSpecs = Readonly<Record<string, TensorSpec | undefined>>

/** The tensors of specs, by name; those without a spec are undefined. */
export type TensorsOf<S extends TensorSpecs> = {
  readonly [K in keyof S]: undefined extends S[K] ? Tensor | undefined : Tensor
}

/** What a module computes. */
export type Forward = (...inputs: never[]) => unknown

/** What a module's forward function may read. */
export interface Self<S extends TensorSpecs, C> {
  /** The module's parameters and buffers by name. */
  readonly tensors: TensorsOf<S>
  /** Read at each call: a child may be replaced. */
  readonly children: C
  /** Whether it trains, and with what random numbers. */
  readonly mode: Mode
}

/** The mode of a module: that of the last `train()` or `eval()`. */
export interface Mode {
  /** Whether dropout and batch statistics are on. */
  readonly training: boolean
  /** The batch that this rank's is a part of, where layers are to look at all of it: `train({ shared })`. */
  readonly shared: SharedNorm | null
  /** This module's own stream of random numbers, restarted by `train({ seed })`. */
  random(): RandomSource
}

/** The options of `train()`. */
export interface TrainMode {
  /** Determines what dropout draws from here on. */
  readonly seed?: number | undefined
  /** Has batch normalisation take the statistics of the batches of all ranks together; until the next change of mode. */
  readonly shared?: SharedNorm | undefined
}

/** The options of `loadState`. */
export interface LoadOptions {
  /** Whether every name and shape must agree: true when not given. With false, tensors that do not agree are skipped and reported. */
  readonly strict?: boolean | undefined
}

/** What `loadState` did, by names of tensors. */
export interface LoadReport {
  /** Put in place. */
  readonly loaded: readonly string[]
  /** Tensors of the module that were not in what was loaded. */
  readonly missing: readonly string[]
  /** Tensors in what was loaded that the module does not have. */
  readonly unexpected: readonly string[]
  /** Tensors that both have, with different shapes. */
  readonly mismatched: readonly string[]
}

/** One call of a module, as `observe` reports it. */
export interface ModuleCall {
  /** The path of the module: `features.0`; '' is the observed module itself. */
  readonly path: string
  /** The module that is called. */
  readonly module: AnyModule
  /** What it is called with. */
  readonly inputs: readonly unknown[]
  /** What it returns. */
  readonly output: unknown
}

/** What `observe` calls. Neither changes what is computed. */
export interface Observer {
  /** Called before a module runs. */
  readonly enter?: ((call: Omit<ModuleCall, 'output'>) => void) | undefined
  /** Called after a module has run. */
  readonly leave?: ((call: ModuleCall) => void) | undefined
}

/** A module whatever it computes. Names of tensors and modules are paths: `features.0.weight`. */
export interface AnyModule {
  /** The function that made it: `Conv2d`. */
  readonly kind: string
  /** What it was made with, for printing. */
  readonly options: Readonly<Record<string, unknown>>
  /** The modules inside it by name. One may be replaced. */
  readonly children: Record<string, AnyModule>
  /** Whether the module is in training mode, as it is to begin with. */
  readonly training: boolean
  /** Tensors to train, in a fixed order; those frozen are left out. */
  parameters(): Tensor[]
  /** The same by name. */
  namedParameters(): Record<string, Tensor>
  /** How many numbers all parameters hold, frozen ones included. Draws nothing. */
  parameterCount(): number
  /** Parameters and buffers (running statistics) by name. */
  state(): Record<string, Tensor>
  /** Puts tensors in place by name. Throws `ConvokeError`, having changed nothing, unless all names and shapes agree. */
  loadState(state: Readonly<Record<string, Tensor>>, options?: LoadOptions): LoadReport
  /** Draws every parameter again: the same seed gives the same numbers, whatever the order of use. */
  initialize(seed: number): this
  /** Dropout and batch statistics on. With a seed, what dropout draws from here on is determined. */
  train(options?: TrainMode): this
  /** Dropout off, running statistics used. */
  eval(): this
  /** Takes parameters out of `parameters()`: those whose name fits, `*` standing for anything; all when left out. */
  freeze(pattern?: string | RegExp): this
  /** Puts parameters back among `parameters()`: those whose name fits, `*` standing for anything; all when left out. */
  unfreeze(pattern?: string | RegExp): this
  /** The module at a path. */
  at(path: string): AnyModule
  /** Tells `observer` of each call of this module and those below it. Returns a function that ends it. */
  observe(observer: Observer): () => void
  /** Frees the tensors of the whole tree. */
  dispose(): void
  /** Library code: its tensors, its mode and who observes it. */
  readonly [inner]: Inner
}

/**
 * A module that computes `F`: from a tensor to a tensor, as a rule.
 *
 * @typeParam F The function that the module is.
 */
export type Module<F extends Forward = (x: Tensor) => Tensor> = F & AnyModule

/** What `defineModule` makes a module of. */
export interface Definition<
  F extends Forward,
  P extends TensorSpecs,
  B extends TensorSpecs,
  C extends Record<string, AnyModule>,
> {
  /** What the module is called where it is printed and in errors: `Scale`. */
  readonly kind: string
  /** What it was made with, for printing. */
  readonly options?: object | undefined
  /** Tensors that are trained. */
  readonly parameters?: P
  /** Tensors that belong to the state and are not trained. */
  readonly buffers?: B
  /** Modules inside it. */
  readonly children?: C
  /** Given tensors, children and mode, the function that the module is. */
  readonly forward: (self: Self<P & B, C>) => F
}

type None = Record<never, never>

/**
 * Makes a module of your own.
 *
 * @example
 * const scale = nn.defineModule({
 *   kind: 'Scale',
 *   parameters: { factor: { shape: [1], initialize: nn.constant(2) } },
 *   forward: ({ tensors }) => (x) => multiply(x, tensors.factor),
 * })
 * scale(tensor([1, 2]))  // [2, 4]
 */
export function defineModule<
  F extends Forward,
  P extends TensorSpecs = None,
  B extends TensorSpecs = None,
  C extends Record<string, AnyModule> = None,
>(definition: Definition<F, P, B, C>): Module<F> {
  const children = { ...definition.children } as C
  const state = createInner(definition.parameters ?? {}, definition.buffers ?? {})
  const forward = definition.forward({
    tensors: state.tensors as TensorsOf<P & B>,
    children,
    mode: state.mode,
  }) as unknown as (...inputs: unknown[]) => unknown
  const call = (...inputs: unknown[]): unknown => {
    for (const { observer, path } of state.observers) observer.enter?.({ path, module: self, inputs })
    let output: unknown
    try {
      // biome-ignore lint/plugin/spread-of-a-list: they were arguments already
      output = forward(...inputs)
    } catch (error) {
      throw error instanceof TypeError && !(inputs[0] instanceof Tensor)
        ? new ConvokeError(`${definition.kind}: the input is ${show(inputs[0])}; it must be a tensor.`, {
            cause: error,
          })
        : error
    }
    for (const { observer, path } of state.observers) observer.leave?.({ path, module: self, inputs, output })
    return output
  }
  const parts = {
    kind: definition.kind,
    options: Object.freeze({ ...definition.options }),
    children: children as Record<string, AnyModule>,
    parameters: () => Object.values(tree.namedParameters(self)),
    namedParameters: () => tree.namedParameters(self),
    parameterCount: () => tree.parameterCount(self),
    state: () => tree.stateOf(self),
    loadState: (values: Readonly<Record<string, Tensor>>, options: LoadOptions = {}) =>
      tree.loadState(self, values, options),
    initialize: (seed: number) => tree.initialize(self, seed),
    train: (options: TrainMode = {}) => tree.setMode(self, true, options),
    eval: () => tree.setMode(self, false, {}),
    freeze: (pattern: string | RegExp = '*') => tree.setFrozen(self, pattern, true),
    unfreeze: (pattern: string | RegExp = '*') => tree.setFrozen(self, pattern, false),
    at: (path: string) => tree.moduleAt(self, path),
    observe: (observer: Observer) => tree.observe(self, observer),
    dispose: () => tree.disposeAll(self),
    [inner]: state,
  }
  const self = Object.assign(call, parts) as unknown as Module<F>
  Object.defineProperty(self, 'training', { get: () => state.mode.training, enumerable: true })
  return self
}
