// compileGradients(model, loss, parameters): loss and gradients of batch after batch as a fixed list of kernels.

import { type ValueAndGradients, valueAndGradients } from '../autodiff/gradients.ts'
import type { Backend } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import type { AnyModule } from '../nn/module.ts'
import { inner, structureVersion } from '../nn/slots.ts'
import { modulesOf, stateOf } from '../nn/tree.ts'
import { ConvokeError, check } from '../shapes/error.ts'
import { keep } from '../tensor/scope.ts'
import { retain, type Storage } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type Captured, capture, type Draw } from './capture.ts'
import { exampleOf, inStorages, keyOf, stood, underPaths } from './compile.ts'
import { type Explanation, explain, type Profile, type ProfileOptions, profile } from './explain.ts'
import { Block, type Plan, planOf, type RunOptions } from './plan.ts'
import type { Program, Step } from './program.ts'
import { disposeConstants, sameProgram } from './same.ts'
import { joinedForTraining } from './simplify.ts'
import { tensorsWithin } from './structure.ts'

/** Shapes of batches that are kept planned: of most data those of an epoch and of its last batch. */
const mostPlans = 8

/** What is captured: tensors that stand for the loss, the gradients, and the state that the network changes as it runs. */
interface Differentiated extends ValueAndGradients {
  readonly changed: readonly Tensor[]
}

interface Kept {
  readonly plan: Plan
  /** As captured, to compare with what is captured later. */
  readonly program: Program
  readonly shapes: readonly (readonly number[])[]
  readonly draws: readonly Draw[]
  /** Which tensors of the state the network changes, by their places. */
  readonly changed: readonly number[]
  runs: number
}

/** What the plans were made of. */
interface Ground {
  readonly backend: Backend
  readonly state: readonly Tensor[]
  readonly structure: number
  /** Which of them share memory. */
  readonly sharing: string
}

/** Follows gradients while the backward pass goes on. */
export interface GradientWatch {
  /** Memory for the gradient of each parameter: float32, and as many elements. */
  readonly into?: readonly Storage[] | undefined
  /** Called between kernels, with the numbers of the parameters whose gradients are known now and were not before. */
  readonly known: (parameters: readonly number[]) => void
}

/** The gradients of a loss as a function: what `compileGradients` returns. */
export interface CompiledGradients<B> {
  /** The loss of a batch, and its gradients. Buffers such as running statistics change, as without a plan. */
  (batch: B, watch?: GradientWatch): ValueAndGradients
  /** Nodes, kernels, expected time and memory of the plan that ran last. */
  explain(): Explanation
  /**
   * Runs a batch some times and tells how long each kernel takes, forward and backward, by layers. The network stays
   * as it is, its buffers too, but that dropout has drawn once.
   */
  profile(batch: B, options?: ProfileOptions): Profile
  /** Captures anew at the next batch of each shape, and refuses where something else would run than before. */
  recheck(): void
  /** Frees the plans. The network itself stays. */
  dispose(): void
}

/**
 * `valueAndGradients(() => loss(batch), parameters)` for batches of equal shapes, with the same numbers to the bit: the kernels of forward
 * and backward are written down once for each shape, what runs element by element is joined, memory is planned, and no JavaScript runs
 * between the kernels. The network runs in the mode that it is in; dropout draws at each call what it would draw without a plan.
 *
 * `loss` must do the same for every batch of a shape: it may not read numbers, draw random numbers other than by `nn.Dropout`, or depend
 * on anything but its batch and the tensors of `model` and `parameters`. The second batch of a shape is captured again, to compare.
 * Throws `ConvokeError` where this does not hold, before anything changes.
 *
 * @example
 * const model = nn.Linear({ in: 2, out: 1 }).initialize(1)
 * const step = compileGradients(model, ({ x, y }) => nn.meanSquaredError(model(x), y), model.parameters())
 * const { value, gradients } = step({ x: ones([4, 2]), y: zeros([4, 1]) })
 * gradients.length  // 2
 */
export function compileGradients<B>(
  model: AnyModule,
  loss: (batch: B) => Tensor,
  parameters: readonly Tensor[],
): CompiledGradients<B> {
  const plans = new Map<string, Kept>()
  let ground: Ground | undefined
  let block: Block | undefined

  const dispose = (): void => {
    for (const kept of plans.values()) forget(kept)
    plans.clear()
    block?.dispose()
    block = undefined
    ground = undefined
  }

  /** What there is now; where it is not what plans were made of, they go. */
  const groundNow = (): Ground => {
    const backend = currentBackend()
    const state = [...new Set([...Object.values(stateOf(model)), ...parameters])]
    const [sharing, structure] = [sharingOf(state), structureVersion()]
    if (
      ground?.structure === structure &&
      ground.backend === backend &&
      ground.sharing === sharing &&
      ground.state.length === state.length &&
      state.every((tensor, i) => tensor === ground?.state[i])
    )
      return ground
    dispose()
    check(
      state.every(({ storage }) => storage.backend === backend),
      () => `compileGradients: a tensor of the network lives on another backend than ${backend.name}, the current one.`,
    )
    ground = { backend, state, structure, sharing }
    return ground
  }

  const made = (found: Found): Kept => {
    block ??= new Block(currentBackend())
    const plan = planOf(joinedForTraining(found.captured.program), { block })
    const { program, shapes, draws } = found.captured
    return { plan, program, shapes, draws, changed: found.changed, runs: 0 }
  }

  /** The plan for a batch, and the seeds that were drawn meanwhile, if any were. */
  const prepared = (batch: B): { readonly kept: Kept; readonly seeds: readonly number[] } => {
    const { state } = groundNow()
    const key = `${modeOf(model)} ${keyOf([batch])}`
    const known = plans.get(key)
    if (known !== undefined && known.runs !== 1) {
      plans.delete(key)
      plans.set(key, known)
      return { kept: known, seeds: known.draws.map(({ draw }) => draw()) }
    }
    const found = captured(model, loss, parameters, batch, state)
    const seeds = found.captured.draws.map(({ seed }) => seed)
    if (known !== undefined) {
      const same = sameProgram(known.program, found.captured.program) && seeds.length === known.draws.length
      disposeConstants(found.captured.program)
      check(
        same,
        () =>
          'compileGradients: two batches of the same shape ran different kernels or constants, so the loss depends on something other than its batch and the model. Pass it in with the batch, or use valueAndGradients.',
      )
      return { kept: known, seeds }
    }
    const kept = made(found)
    plans.set(key, kept)
    for (const [oldest, other] of plans) {
      if (plans.size <= mostPlans) break
      forget(other)
      plans.delete(oldest)
    }
    return { kept, seeds }
  }

  const call = (batch: B, watch?: GradientWatch): ValueAndGradients => {
    const { kept, seeds } = prepared(batch)
    const { backend, state } = ground as Ground
    // The first result is the loss, the last ones are buffers.
    const isGradient = (place: number): boolean => place >= 1 && place <= parameters.length
    const finals = watch && finalsOf(kept.plan.program)
    const following: RunOptions = {
      seeds,
      into: watch?.into && [undefined, ...watch.into],
      after: watch && ((step) => watch.known((finals?.get(step) ?? []).filter(isGradient).map((place) => place - 1))),
    }
    const results = inStorages(backend, tensorsWithin(batch), (storages) =>
      kept.plan.run([...storages, ...state.map(({ storage }) => storage)], following),
    )
    kept.runs++
    const [value, ...rest] = results.map((storage, i) => new Tensor(storage, kept.shapes[i]))
    kept.changed.forEach((place, i) => {
      const now = rest[parameters.length + i]
      state[place].assign(now)
      now.dispose()
    })
    return { value, gradients: rest.slice(0, parameters.length) }
  }

  return Object.assign(call, {
    profile: (batch: B, options: ProfileOptions = {}): Profile => {
      const { kept, seeds } = prepared(batch)
      const { backend, state } = ground as Ground
      return inStorages(backend, tensorsWithin(batch), (storages) =>
        profile(kept.plan, [...storages, ...state.map(({ storage }) => storage)], options, seeds),
      )
    },
    explain: (): Explanation => {
      const last = [...plans.values()].at(-1)
      if (last === undefined) throw new ConvokeError('explain: no batch has run yet. Call the compiled function first.')
      return explain(last.plan)
    },
    recheck: (): void => {
      for (const kept of plans.values()) kept.runs = Math.min(kept.runs, 1)
    },
    dispose,
  })
}

const finalPlaces = new WeakMap<Program, ReadonlyMap<Step, readonly number[]>>()

/** For a step, the places of the results that no later one writes to. */
function finalsOf(program: Program): ReadonlyMap<Step, readonly number[]> {
  const known = finalPlaces.get(program)
  if (known !== undefined) return known
  const finals = new Map<Step, number[]>()
  for (const [place, cell] of program.outputs.entries()) {
    const writer = program.steps.findLast(({ outputs }) => outputs.includes(cell))
    if (writer === undefined || program.outputs.indexOf(cell) !== place) continue
    finals.set(writer, [...(finals.get(writer) ?? []), place])
  }
  finalPlaces.set(program, finals)
  return finals
}

const forget = ({ plan, program }: Kept): void => {
  plan.dispose()
  disposeConstants(program)
}

function sharingOf(state: readonly Tensor[]): string {
  const first = new Map<Storage, number>()
  const pairs: string[] = []
  state.forEach(({ storage }, i) => {
    const known = first.get(storage)
    if (known === undefined) first.set(storage, i)
    else pairs.push(`${known}=${i}`)
  })
  return pairs.join()
}

/** Which layers are in training mode. Refuses those that are observed. */
function modeOf(model: AnyModule): string {
  let mode = ''
  for (const { path, module } of modulesOf(model)) {
    check(
      module[inner].observers.size === 0,
      () =>
        `compileGradients: ${path === '' ? 'the network' : path} is being observed, which a plan cannot do. Stop observing it.`,
    )
    mode += module.training ? 't' : 'e'
  }
  return mode
}

interface Found {
  readonly captured: Captured<Differentiated>
  readonly changed: readonly number[]
}

/** Captures forward and backward. The state is as before. */
function captured<B>(
  model: AnyModule,
  loss: (batch: B) => Tensor,
  parameters: readonly Tensor[],
  batch: B,
  state: readonly Tensor[],
): Found {
  check(
    holdsTensorsAlone(batch),
    () =>
      'compileGradients: the batch holds values other than tensors; a plan would repeat those of the first batch. Pass tensors, or arrays and objects of them.',
  )
  const inputs = stood(exampleOf([batch]))
  const standIns = tensorsWithin(inputs)
  // Held, so that nothing is written in place: the numbers are still wanted.
  const before = state.map(({ storage }) => retain(storage))
  const changed: number[] = []
  const body = (): Differentiated => {
    const result = valueAndGradients(() => loss(inputs[0] as B), parameters)
    state.forEach((tensor, place) => {
      if (tensor.storage !== before[place]) changed.push(place)
    })
    return { ...result, changed: changed.map((place) => state[place].alias()) }
  }
  try {
    const found = underPaths(model, (path) => capture(body, [...standIns, ...state], { path, draws: true }))
    return { captured: found, changed }
  } finally {
    state.forEach((tensor, place) => {
      const held = keep(new Tensor(before[place], tensor.shape))
      if (tensor.storage !== before[place]) tensor.assign(held)
      held.dispose()
    })
    for (const tensor of standIns) tensor.dispose()
  }
}

/** Whether a batch is a tensor, or arrays and plain objects of tensors. */
function holdsTensorsAlone(value: unknown): boolean {
  if (value instanceof Tensor) return true
  if (Array.isArray(value)) return value.every(holdsTensorsAlone)
  const plain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return plain && Object.values(value as object).every(holdsTensorsAlone)
}
