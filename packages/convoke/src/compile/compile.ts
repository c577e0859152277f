// compile(model, example): the network as a fixed list of kernels for each shape of input, planned once and kept.

import { isRecording, isTracked } from '../autodiff/tape.ts'
import type { Backend, DType } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import type { AnyModule, Forward, Module } from '../nn/module.ts'
import { inner, structureVersion } from '../nn/slots.ts'
import { inEvaluation, modulesOf, stateOf } from '../nn/tree.ts'
import { ConvokeError, check, checkOptions, show, showShape } from '../shapes/error.ts'
import { zeros } from '../tensor/create.ts'
import { movedTo } from '../tensor/run.ts'
import { letGo, type Storage } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type Captured, capture } from './capture.ts'
import { type Explanation, explain, type Profile, type ProfileOptions, profile } from './explain.ts'
import { type Plan, planOf } from './plan.ts'
import { simplified } from './simplify.ts'
import { tensorsWithin, withTensors } from './structure.ts'

/** The options of `compile`. */
export interface CompileOptions {
  /** How many shapes of input are kept planned; those longest unused go first. Defaults to 8. */
  readonly plans?: number | undefined
}

/**
 * A compiled network: called as the network is.
 *
 * @typeParam F The function that the network is.
 */
export type Compiled<F extends Forward = (x: Tensor) => Tensor> = F & {
  /** Nodes, kernels, expected time and memory of the plan for the shapes of `example`, by default those met last. */
  explain(...example: unknown[]): Explanation
  /** The same with times that are measured now: `runs` runs, the median of each step. */
  profile(options?: ProfileOptions): Profile
  /** Frees the plans. The network itself stays; calls after this plan again. */
  dispose(): void
}

interface Kept {
  readonly backend: Backend
  readonly plan: Plan
  readonly result: unknown
  readonly shapes: readonly (readonly number[])[]
  /** What the plan was made of: it is made anew when one is another. */
  readonly weights: readonly (readonly [Tensor, Storage])[]
  readonly structure: number
  readonly example: Example
}

/** A network: a module, or a function of tensors whose weights stay as they are. */
export type Network<F extends Forward> = Module<F> | F

/**
 * Captures `model` in evaluation mode on the shapes of `example` (a tensor, or its shape, for each argument) and gives a function that
 * computes the same with less work: constants folded, normalisation and activations joined with the convolution before them, memory
 * planned, and no JavaScript between the kernels but their calls. Other shapes are planned when they first come. When weights of a
 * module change, or its layers, the plans are made anew; of a function, tensors that it reads from outside stay as they were.
 * Throws `ConvokeError` where what runs depends on the numbers of the input, and where gradients are wanted of the result.
 *
 * @example
 * const model = models.ResNet18({ classes: 10 })
 * const fast = compile(model, [1, 64, 64, 3])
 * fast(zeros([1, 64, 64, 3])).shape  // [1, 10]
 * fast.explain().steps[0].kernel  // 'conv 7×7 s2×2 3→64 + bias + relu'
 */
export function compile<F extends Forward>(
  model: Network<F>,
  example: Tensor | readonly number[] | readonly unknown[],
  options: CompileOptions = {},
): Compiled<F> {
  checkOptions('compile', options, ['plans'])
  const { plans: most = 8 } = options
  check(
    Number.isInteger(most) && most >= 1,
    () => `compile: plans is ${show(most)}; it must be a whole number of 1 or more.`,
  )
  check(
    typeof model === 'function',
    () => `compile: the network is ${show(model)}; it must be a module, or a function of tensors.`,
  )
  check(
    typeof example === 'object' && example !== null,
    () => `compile: the example is ${show(example)}; it must be a tensor, or its shape, for each argument.`,
  )
  const plans = new Map<string, Kept>()

  const planFor = (given: readonly unknown[]): Kept => {
    const key = keyOf(given)
    const known = plans.get(key)
    if (known !== undefined && isFresh(known)) {
      plans.delete(key)
      plans.set(key, known)
      return known
    }
    if (known !== undefined) forget(key, known)
    const made = makePlan(model, given)
    plans.set(key, made)
    for (const [oldest, kept] of plans) {
      if (plans.size <= most) break
      forget(oldest, kept)
    }
    return made
  }
  const forget = (key: string, kept: Kept): void => {
    kept.plan.dispose()
    plans.delete(key)
  }
  const latest = (given: readonly unknown[]): Kept => {
    if (given.length > 0) return planFor(asTensors(given))
    const last = [...plans.values()].at(-1)
    if (last === undefined)
      throw new ConvokeError('compile: the plans have been disposed of. Call the network, or give an example.')
    return last
  }

  planFor(asTensors(isArguments(example) ? example : [example]))
  const call = (...given: unknown[]): unknown => {
    const kept = planFor(given)
    check(
      !isRecording() || !isTracked([...tensorsWithin(given), ...kept.weights.map(([tensor]) => tensor)]),
      () =>
        'compile: a compiled network has no gradients. Call the network itself where gradients are wanted, or compileGradients.',
    )
    return withStorages(kept, given, (storages) => fresh(kept, kept.plan.run(storages)))
  }
  return Object.assign(call as unknown as F, {
    explain: (...given: unknown[]): Explanation => explain(latest(given).plan),
    profile: (options: ProfileOptions = {}): Profile => {
      const kept = latest([])
      const inputs = stood(kept.example)
      try {
        return withStorages(kept, inputs, (storages) => profile(kept.plan, storages, options))
      } finally {
        for (const tensor of tensorsWithin(inputs)) tensor.dispose()
      }
    },
    dispose: (): void => {
      for (const [key, kept] of plans) forget(key, kept)
    },
  })
}

const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => typeof size === 'number')
/** Several arguments, not the shape of one. */
const isArguments = (example: unknown): example is readonly unknown[] => Array.isArray(example) && !isShape(example)

const asTensors = (given: readonly unknown[]): unknown[] =>
  given.map((value) => (isShape(value) ? zeros(value) : value))

/** What a plan depends on: the shapes and types of all tensors, and everything else that is passed. */
export function keyOf(given: readonly unknown[]): string {
  const backend = currentBackend().name
  // Before JSON asks a tensor for its values.
  const described = withTensors(given, ({ dtype, shape }) => `${dtype}${showShape(shape)}` as unknown as Tensor)
  return `${backend} ${JSON.stringify(described, (_, value: unknown) => (typeof value === 'function' ? 'function' : value))}`
}

const isFresh = ({ weights, backend, plan, structure }: Kept): boolean =>
  backend === currentBackend() &&
  structure === structureVersion() &&
  !plan.isSpent() &&
  weights.every(([tensor, storage]) => !tensor.isDisposed && tensor.storage === storage)

export const isModule = (network: unknown): network is AnyModule => typeof network === 'function' && inner in network

function makePlan(network: unknown, given: readonly unknown[]): Kept {
  const [backend, structure] = [currentBackend(), structureVersion()]
  const { program, result, shapes, example } = capturedFor(network, given)
  const state = isModule(network) ? Object.values(stateOf(network)) : []
  const weights = state.map((tensor) => [tensor, tensor.storage] as const)
  return { backend, plan: planOf(simplified(program), { settles: true }), result, shapes, weights, structure, example }
}

/** Arguments without the numbers of their tensors. */
export interface Example {
  readonly given: readonly unknown[]
  readonly ports: readonly { readonly shape: readonly number[]; readonly dtype: DType }[]
}

export const exampleOf = (given: readonly unknown[]): Example => ({
  given,
  ports: tensorsWithin(given).map(({ shape, dtype }) => ({ shape, dtype })),
})

/** The same arguments, their tensors full of zeros. */
export function stood(example: Example): readonly unknown[] {
  return withTensors(example.given, (_, i) =>
    zeros(example.ports[i].shape, example.ports[i].dtype),
  ) as readonly unknown[]
}

/** Captures a network on arguments: tensors or shapes, and whatever else it takes. */
export function capturedFor(
  network: unknown,
  given: readonly unknown[],
): Captured<unknown> & { readonly example: Example } {
  const example = exampleOf(asTensors(given))
  // Stand-ins: the plan must not depend on whether two arguments share their memory, or lie elsewhere.
  const inputs = stood(example)
  const standIns = tensorsWithin(inputs)
  try {
    const call = network as (...inputs: readonly unknown[]) => unknown
    // biome-ignore lint/plugin/spread-of-a-list: they were arguments already
    const body = (): unknown => call(...inputs)
    const captured = isModule(network) ? captureModule(network, body, standIns) : capture(body, standIns)
    return { ...captured, example }
  } finally {
    for (const tensor of standIns) tensor.dispose()
  }
}

/** Captures a call of a module in evaluation mode, each step under the path of the layer that runs it. */
export function captureModule<T>(module: AnyModule, body: () => T, inputs: readonly Tensor[]): Captured<T> {
  return inEvaluation(module, () => underPaths(module, (path) => capture(body, inputs, { path })))
}

/** Runs `body` with a function that says which layer of a module is running. */
export function underPaths<T>(module: AnyModule, body: (path: () => string) => T): T {
  const names = new Map(modulesOf(module).map(({ path, module: layer }) => [layer, path]))
  const open: string[] = []
  const stop = module.observe({
    enter: ({ module: layer }) => open.push(names.get(layer) ?? ''),
    leave: () => open.pop(),
  })
  try {
    return body(() => open.at(-1) ?? '')
  } finally {
    stop()
  }
}

const withStorages = <T>({ backend }: Kept, given: readonly unknown[], body: (storages: Storage[]) => T): T =>
  inStorages(backend, tensorsWithin(given), body)

/** Runs `body` on the storages of tensors, in memory of `backend`. */
export function inStorages<T>(backend: Backend, tensors: readonly Tensor[], body: (storages: Storage[]) => T): T {
  const moved: Storage[] = []
  try {
    return body(
      tensors.map(({ storage }) => {
        if (storage.backend === backend) return storage
        const own = movedTo(backend, storage, 'compile')
        moved.push(own)
        return own
      }),
    )
  } finally {
    moved.forEach(letGo)
  }
}

/** The result with the tensors of this run. */
function fresh({ result, shapes }: Kept, storages: readonly Storage[]): unknown {
  return withTensors(result, (_, i) => new Tensor(storages[i], shapes[i]))
}
