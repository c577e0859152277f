// What is done to a module and all those below it.

import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { deriveSeed, randomSource } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { AnyModule, LoadOptions, LoadReport, Observer, TrainMode } from './module.ts'
import { draw, inner, noteStructure, place, type Slot, tensorOf } from './slots.ts'

export const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** A module and all those below it with their paths, each once, parents first. */
export function modulesOf(root: AnyModule): { readonly path: string; readonly module: AnyModule }[] {
  const found: { path: string; module: AnyModule }[] = []
  const seen = new Set<AnyModule>()
  const visit = (module: AnyModule, path: string): void => {
    if (seen.has(module)) return
    seen.add(module)
    found.push({ path, module })
    for (const [name, child] of Object.entries(module.children)) visit(child, join(path, name))
  }
  visit(root, '')
  return found
}

const slotsOf = (root: AnyModule): { readonly name: string; readonly slot: Slot }[] =>
  modulesOf(root).flatMap(({ path, module }) =>
    Object.entries(module[inner].slots).map(([name, slot]) => ({ name: join(path, name), slot })),
  )

export function namedParameters(root: AnyModule): Record<string, Tensor> {
  const open = slotsOf(root).filter(({ slot }) => slot.role === 'parameter' && !slot.frozen)
  return Object.fromEntries(open.map(({ name, slot }) => [name, tensorOf(slot)]))
}

export const countOf = (slots: readonly Slot[]): number =>
  slots.reduce((total, { spec }) => total + sizeOf(spec.shape), 0)

const parametersOf = (root: AnyModule): Slot[] =>
  slotsOf(root)
    .map(({ slot }) => slot)
    .filter(({ role }) => role === 'parameter')

export const parameterCount = (root: AnyModule): number => countOf(parametersOf(root))

export const trainableCount = (root: AnyModule): number => countOf(parametersOf(root).filter(({ frozen }) => !frozen))

/** Tensors that are part of the state and not trained, without those of the modules that `leaveOut` names by kind. */
export const buffersOf = (root: AnyModule, leaveOut: readonly string[] = []): Tensor[] =>
  modulesOf(root)
    .filter(({ module }) => !leaveOut.includes(module.kind))
    .flatMap(({ module }) => Object.values(module[inner].slots))
    .filter(({ role }) => role === 'buffer')
    .map(tensorOf)

export const stateOf = (root: AnyModule): Record<string, Tensor> =>
  Object.fromEntries(slotsOf(root).map(({ name, slot }) => [name, tensorOf(slot)]))

/** Shapes of parameters and buffers by name. Draws nothing. */
export const shapesOf = (root: AnyModule): Record<string, Shape> =>
  Object.fromEntries(slotsOf(root).map(({ name, slot }) => [name, slot.spec.shape]))

export function initialize<M extends AnyModule>(root: M, seed: number): M {
  for (const { name, slot } of slotsOf(root)) draw(slot, randomSource(deriveSeed(seed, name)))
  return root
}

export function setMode<M extends AnyModule>(root: M, training: boolean, { seed, shared }: TrainMode): M {
  for (const { path, module } of modulesOf(root)) {
    const { mode } = module[inner]
    mode.training = training
    mode.shared = shared ?? null
    if (seed !== undefined) mode.source = randomSource(deriveSeed(seed, path))
  }
  return root
}

/** Runs `body` with the module and all those below it in evaluation mode; each is left in the mode that it was in. */
export function inEvaluation<T>(root: AnyModule, body: () => T): T {
  const modes = modulesOf(root).map(({ module }) => ({ mode: module[inner].mode, training: module.training }))
  setMode(root, false, {})
  try {
    return body()
  } finally {
    for (const { mode, training } of modes) mode.training = training
  }
}

/** What a pattern fits: a text with `*` for anything, the whole name; or a regular expression, any part of it. */
export const matcher = (pattern: string | RegExp): RegExp =>
  typeof pattern === 'string'
    ? new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
    : new RegExp(pattern.source, pattern.flags.replace('g', ''))

export function setFrozen<M extends AnyModule>(root: M, pattern: string | RegExp, frozen: boolean): M {
  const test = matcher(pattern)
  const parameters = slotsOf(root).filter(({ slot }) => slot.role === 'parameter')
  const chosen = parameters.filter(({ name }) => test.test(name))
  check(
    chosen.length > 0 || parameters.length === 0,
    () =>
      `${frozen ? 'freeze' : 'unfreeze'}: no parameter is named ${String(pattern)}. The names are ${few(parameters.map(({ name }) => name))}; * stands for anything.`,
  )
  for (const { slot } of chosen) {
    slot.frozen = frozen
    slot.held = false
  }
  return root
}

export const few = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')}, … (${names.length} in all)` : names.join(', ')

export function moduleAt(root: AnyModule, path: string): AnyModule {
  if (path === '') return root
  return path.split('.').reduce((module, name) => {
    const child = module.children[name]
    check(
      child !== undefined,
      () =>
        `${root.kind}: there is no module at ${show(path)}: ${module.kind} has no child ${show(name)}. It has ${few(Object.keys(module.children)) || 'none'}.`,
    )
    return child
  }, root)
}

/** Replaces a module by another: a new head, a layer with an adapter. Returns the replaced one. */
export function replaceModule(root: AnyModule, path: string, replacement: AnyModule): AnyModule {
  const replaced = moduleAt(root, path)
  check(path !== '', () => 'replaceModule: the path is empty; name a module below the one given, such as "head".')
  const cut = path.lastIndexOf('.')
  moduleAt(root, path.slice(0, Math.max(cut, 0))).children[path.slice(cut + 1)] = replacement
  noteStructure()
  return replaced
}

export function observe(root: AnyModule, observer: Observer): () => void {
  const entries = modulesOf(root).map(({ path, module }) => {
    const entry = { observer, path }
    module[inner].observers.add(entry)
    return { module, entry }
  })
  return () => {
    for (const { module, entry } of entries) module[inner].observers.delete(entry)
  }
}

export function disposeAll(root: AnyModule): void {
  for (const { slot } of slotsOf(root)) {
    slot.value?.dispose()
    slot.value = null
  }
}

export function loadState(
  root: AnyModule,
  state: Readonly<Record<string, Tensor>>,
  { strict = true }: LoadOptions,
): LoadReport {
  const slots = new Map(slotsOf(root).map(({ name, slot }) => [name, slot]))
  const fits = (name: string): boolean => showShape(state[name].shape) === showShape(slots.get(name)?.spec.shape ?? [])
  const common = Object.keys(state).filter((name) => slots.has(name))
  const report: LoadReport = {
    loaded: common.filter(fits),
    missing: [...slots.keys()].filter((name) => !(name in state)),
    unexpected: Object.keys(state).filter((name) => !slots.has(name)),
    mismatched: common.filter((name) => !fits(name)),
  }
  const differences = [
    ...report.missing.map((name) => `${name} is missing`),
    ...report.unexpected.map((name) => `${name} is not part of the model`),
    ...report.mismatched.map(
      (name) =>
        `${name} has shape ${showShape(state[name].shape)}, the model ${showShape(slots.get(name)!.spec.shape)}`,
    ),
  ]
  check(
    !strict || differences.length === 0,
    () =>
      `loadState: the tensors are of another architecture: ${differences.slice(0, 8).join('; ')}${differences.length > 8 ? `; and ${differences.length - 8} more` : ''}. Build the model as it was when saved, or load with { strict: false }.`,
  )
  for (const name of report.loaded) place(slots.get(name)!, state[name].view(state[name].shape))
  return report
}
