// What an optimiser is: parameter groups, tensors it remembers for each parameter, and a rule that the backend's `update`
// kernel follows. The rules are PyTorch's, formula for formula.

import { scope } from '../autodiff/gradients.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import type { UpdateRule } from '../backends/update-rule.ts'
import { cast } from '../ops/index.ts'
import { sameShape } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { full } from '../tensor/create.ts'
import { keep } from '../tensor/scope.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'
import { applyUpdate, type Change } from '../tensor/update.ts'
import { checkNotLeft } from './clipped.ts'
import { countTensor } from './counter.ts'

/** Parameters that share options: `{ parameters: head, learningRate: 0.01 }`. */
export type ParameterGroup<O> = {
  /** The tensors of the group, as `model.parameters()` gives them. */
  readonly parameters: readonly Tensor[]
} & Partial<O>

/** The options that all optimisers share. */
export interface BaseOptions {
  /** What each step is multiplied by, 0 or more. The default is that of the optimiser. */
  readonly learningRate: number
}

/** What a single step may change. Both are 1 in training without schedule and clipping. */
export interface StepOptions {
  /** Multiplies every group's learning rate, as schedules do; 1 when not given. */
  readonly factor?: number | undefined
  /** Multiplies every gradient first, as clipping by norm does; 1 when not given. */
  readonly gradientFactor?: number | undefined
}

/** What changes parameters, step by step. */
export interface Optimizer {
  /** The function that made it: `AdamW`. */
  readonly kind: string
  /** Every parameter, in the order in which `step` takes gradients. */
  readonly parameters: readonly Tensor[]
  /** Steps taken so far. */
  readonly steps: number
  /** The learning rate of each group. */
  readonly learningRates: readonly number[]
  /** Changes every parameter, given one gradient for each. Memory use does not grow from step to step. */
  step(gradients: readonly Tensor[], options?: StepOptions): void
  /** What is remembered, by name: with it and the parameters, training goes on to the bit. */
  state(): Record<string, Tensor>
  /** Goes on from what `state` gave. Throws `ConvokeError` where it does not fit these parameters. */
  loadState(state: Readonly<Record<string, Tensor>>): void
  /** Frees what is remembered. The parameters stay. */
  dispose(): void
}

/** What the coefficients of a step are made from. */
export interface Moment<O> {
  readonly options: O
  /** The group's learning rate times the schedule's factor. */
  readonly rate: number
  /** 1 at the first step. */
  readonly step: number
  /** Nothing is remembered yet. */
  readonly first: boolean
}

/** How parameters change: the kernel's rule, and what it takes. */
export interface Rule<O> {
  readonly rule: (options: O) => UpdateRule
  /** The names of what is remembered, in the rule's order, and the number it starts from (0 when not given). */
  readonly memories: (options: O) => readonly { readonly name: string; readonly initial?: number }[]
  /** The rule's coefficients but for the first, which scales gradients. */
  readonly coefficients: (moment: Moment<O>) => readonly number[]
}

interface Entry<O> {
  readonly parameter: Tensor
  readonly options: O
  readonly memory: Record<string, Tensor>
}

const isGroup = <O>(value: Tensor | ParameterGroup<O>): value is ParameterGroup<O> => 'parameters' in value

/** The groups a user gave, each with every option filled in. Throws for options out of range and for repeated parameters. */
function resolveGroups<O extends BaseOptions>(
  kind: string,
  given: readonly Tensor[] | readonly ParameterGroup<O>[],
  defaults: O,
): { readonly parameters: readonly Tensor[]; readonly options: O }[] {
  check(
    Array.isArray(given) && given.length > 0,
    () => `${kind}: the parameters are ${show(given)}; give model.parameters(), or groups { parameters, … }.`,
  )
  const groups = (given as readonly (Tensor | ParameterGroup<O>)[]).every(isGroup)
    ? (given as readonly ParameterGroup<O>[])
    : [{ parameters: given as readonly Tensor[] } as ParameterGroup<O>]
  const seen = new Set<Tensor>()
  return groups.map(({ parameters, ...own }) => {
    for (const parameter of parameters) {
      checkTensor(kind, 'a parameter', parameter)
      check(!seen.has(parameter), () => `${kind}: a parameter of shape ${showShape(parameter.shape)} is given twice.`)
      check(
        parameter.dtype === 'float32',
        () => `${kind}: a parameter of shape ${showShape(parameter.shape)} is ${parameter.dtype}; it must be float32.`,
      )
      seen.add(parameter)
    }
    const options = Object.freeze({ ...defaults, ...dropUndefined(own) })
    check(
      Number.isFinite(options.learningRate) && options.learningRate >= 0,
      () => `${kind}: the learning rate is ${show(options.learningRate)}; it must be a number of 0 or more.`,
    )
    return { parameters, options }
  })
}

const dropUndefined = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** Makes an optimiser from a rule. `defaults` fill in what neither the call nor a group says. */
export function createOptimizer<O extends BaseOptions>(
  kind: string,
  given: readonly Tensor[] | readonly ParameterGroup<O>[],
  defaults: O,
  options: Partial<O>,
  rule: Rule<O>,
): Optimizer {
  for (const name of Object.keys(options)) {
    check(
      name in defaults,
      () => `${kind}: there is no option ${show(name)}. Known: ${Object.keys(defaults).join(', ')}.`,
    )
  }
  const groups = resolveGroups(kind, given, { ...defaults, ...dropUndefined(options) })
  const entries: Entry<O>[] = groups.flatMap(({ parameters, options: own }) =>
    parameters.map((parameter) => ({ parameter, options: own, memory: {} })),
  )
  let steps = 0
  const counter = countTensor()
  return {
    kind,
    parameters: entries.map(({ parameter }) => parameter),
    get steps() {
      return steps
    },
    learningRates: groups.map(({ options: own }) => own.learningRate),
    step(gradients, { factor = 1, gradientFactor = 1 } = {}) {
      checkGradients(kind, entries, gradients)
      steps++
      withoutGradients(() =>
        scope(() => {
          for (const { options: own, first, changes } of alike(entries, gradients, rule)) {
            const moment = { options: own, rate: own.learningRate * factor, step: steps, first }
            applyUpdate(rule.rule(own), [gradientFactor, ...rule.coefficients(moment)], changes)
          }
        }),
      )
    },
    state: () => ({
      steps: counter.at(steps),
      ...Object.fromEntries(
        entries.flatMap(({ memory }, index) =>
          Object.entries(memory).map(([name, value]) => [`${index}.${name}`, value]),
        ),
      ),
    }),
    loadState(state) {
      steps = loadMemory(kind, entries, state)
    },
    dispose() {
      counter.dispose()
      for (const { memory } of entries) {
        for (const [name, value] of Object.entries(memory)) {
          value.dispose()
          delete memory[name]
        }
      }
    },
  }
}

function checkGradients(kind: string, entries: readonly { parameter: Tensor }[], gradients: readonly Tensor[]): void {
  check(
    gradients?.length === entries.length,
    () =>
      `${kind}: ${counted(gradients?.length ?? 0, 'gradient')} for ${counted(entries.length, 'parameter')}. Take them with valueAndGradients(loss, optimizer.parameters).`,
  )
  gradients.forEach((gradient, index) => {
    const { parameter } = entries[index]
    checkNotLeft(kind, gradient)
    check(
      sameShape(gradient.shape, parameter.shape),
      () =>
        `${kind}: gradient ${index} has shape ${showShape(gradient.shape)}, its parameter ${showShape(parameter.shape)}. They must be in the same order.`,
    )
  })
}

interface Alike<O> {
  readonly options: O
  readonly first: boolean
  readonly changes: Change[]
}

/** The changes to make, together where they share their coefficients. Starts the memories that are missing. */
function alike<O>(entries: readonly Entry<O>[], gradients: readonly Tensor[], { memories }: Rule<O>): Alike<O>[] {
  const groups: Alike<O>[] = []
  entries.forEach(({ parameter, options, memory }, index) => {
    const wanted = memories(options)
    const first = wanted.some(({ name }) => memory[name] === undefined)
    for (const { name, initial = 0 } of wanted) memory[name] ??= keep(full(parameter.shape, initial))
    const change: Change = {
      target: parameter,
      gradient: cast(gradients[index], 'float32'),
      memories: wanted.map(({ name }) => memory[name]),
    }
    const group = groups.find((known) => known.options === options && known.first === first)
    if (group === undefined) groups.push({ options, first, changes: [change] })
    else group.changes.push(change)
  })
  return groups
}

function loadMemory(
  kind: string,
  entries: readonly { readonly parameter: Tensor; readonly memory: Record<string, Tensor> }[],
  state: Readonly<Record<string, Tensor>>,
): number {
  const { steps, ...rest } = state
  check(steps !== undefined, () => `${kind}: the state has no "steps"; it is not the state of an optimiser.`)
  const parts = Object.entries(rest).map(([name, value]) => {
    const cut = name.indexOf('.')
    const entry = entries[Number(name.slice(0, cut))]
    check(
      entry !== undefined && sameShape(entry.parameter.shape, value.shape),
      () =>
        `${kind}: ${name} of shape ${showShape(value.shape)} belongs to no parameter here${entry === undefined ? '' : ` (parameter ${name.slice(0, cut)} has shape ${showShape(entry.parameter.shape)})`}. Build the optimiser over the parameters it was saved with.`,
    )
    return { memory: entry.memory, name: name.slice(cut + 1), value }
  })
  for (const { memory } of entries) {
    for (const name of Object.keys(memory)) {
      memory[name].dispose()
      delete memory[name]
    }
  }
  for (const { memory, name, value } of parts) memory[name] = keep(value.view(value.shape))
  return steps.item()
}
