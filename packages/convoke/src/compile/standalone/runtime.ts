// The engine and what runs plans, for the one file of a network that stands alone.

import type { Kernel, TypedArray } from '../../backends/backend.ts'
import { currentBackend, useBackend } from '../../backends/current.ts'
import { setThreads as setEngineThreads } from '../../backends/engine.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { check, showShape } from '../../shapes/error.ts'
import { storageOf } from '../../tensor/held.ts'
import { letGo } from '../../tensor/storage.ts'
import { type Plan, planOf } from '../plan.ts'
import type { Cell } from '../program.ts'
import { revivedProgram } from '../saved.ts'
import * as kernels from './kernels.ts'
import { decodeStandalone, type StandaloneModel, type StandalonePlan } from './model.ts'

/** Numbers in row-major order, with their shape where they do not fill that of the only plan. */
export interface Numbers {
  readonly data: ArrayLike<number>
  readonly shape: readonly number[]
}

export interface LoadedModel {
  readonly inputs: StandaloneModel['inputs']
  readonly outputs: StandaloneModel['outputs']
  /** The shapes of inputs that it was written for. */
  readonly shapes: readonly (readonly (readonly number[])[])[]
  readonly info: unknown
  /** Which backend computes: `wasm`, or `reference` where there is no WebAssembly. */
  readonly backend: string
  /** The results by name. Inputs by name, or the only one as it is. */
  run(
    inputs: Numbers | ArrayLike<number> | Readonly<Record<string, Numbers | ArrayLike<number>>>,
  ): Promise<Record<string, { data: TypedArray; shape: readonly number[] }>>
  /** Frees its memory. */
  dispose(): void
}

export interface LoadOptions {
  /** Workers that share the work, where the page is cross-origin isolated, or in Node. Defaults to 1. */
  readonly threads?: number | undefined
}

/** Makes a network ready to run. */
export async function ready(file: Uint8Array, { threads }: LoadOptions = {}): Promise<LoadedModel> {
  const { model, weights } = decodeStandalone(file)
  if (threads !== undefined) setEngineThreads(threads)
  const backend = await useBackend(currentBackend().name)
  const table = kernels as unknown as Readonly<Record<string, Kernel>>
  const constants = new Map<number, Cell>()
  const plans = new Map<StandalonePlan, Plan>()
  const planFor = (found: StandalonePlan): Plan => {
    const known = plans.get(found)
    if (known !== undefined) return known
    const made = planOf(revivedProgram(found.program, weights, table, backend, constants))
    plans.set(found, made)
    return made
  }
  const single = model.plans.length === 1 ? model.plans[0] : undefined

  return {
    ...{ inputs: model.inputs, outputs: model.outputs, info: model.info, backend: backend.name },
    shapes: model.plans.map(({ inputs }) => inputs),
    run: async (given) => {
      const named = model.inputs.map(({ name }, i): Numbers => {
        const one = isNumbers(given) || isList(given) ? (i === 0 ? given : undefined) : given[name]
        check(
          one !== undefined,
          () => `The network takes ${model.inputs.map((input) => input.name).join(', ')}; ${name} is missing.`,
        )
        if (!isList(one)) return one
        check(single !== undefined, () => `${name}: the network was written for several shapes. Give { data, shape }.`)
        return { data: one, shape: single.inputs[i] }
      })
      const plan = model.plans.find(({ inputs }) => inputs.every((shape, i) => shape.join() === named[i].shape.join()))
      check(
        plan !== undefined,
        () =>
          `The network was written for inputs of shape ${model.plans.map(({ inputs }) => inputs.map(showShape).join(' and ')).join(', or ')}; these have ${named.map(({ shape }) => showShape(shape)).join(' and ')}. Write it again with a shape of these sizes.`,
      )
      const storages = named.map(({ data, shape }, i) => {
        check(
          data.length === sizeOf(shape),
          () => `${model.inputs[i].name}: ${data.length} numbers do not fill ${showShape(shape)}.`,
        )
        return storageOf(data, model.inputs[i].dtype, data.length)
      })
      try {
        const results = planFor(plan).run(storages)
        try {
          const read = await Promise.all(results.map(({ buffer }) => backend.read(buffer)))
          return Object.fromEntries(
            model.outputs.map(({ name }, i) => [name, { data: read[i], shape: plan.outputs[i] }]),
          )
        } finally {
          results.forEach(letGo)
        }
      } finally {
        storages.forEach(letGo)
      }
    },
    dispose: () => {
      for (const plan of plans.values()) plan.dispose()
      plans.clear()
      constants.clear()
    },
  }
}

const isList = (value: unknown): value is ArrayLike<number> => Array.isArray(value) || ArrayBuffer.isView(value)
const isNumbers = (value: unknown): value is Numbers =>
  value !== null && typeof value === 'object' && 'data' in value && 'shape' in value

/** The bytes of a file beside the module. */
export async function bytesAt(url: URL): Promise<Uint8Array> {
  if (url.protocol === 'file:') {
    // A name that bundlers do not follow: pages never come here.
    const name = 'node:fs/promises'
    const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ name)
    const found: Uint8Array = await readFile(url)
    return new Uint8Array(found)
  }
  const answer = await fetch(url)
  check(answer.ok, () => `${url.href}: the server answers ${answer.status}. Put the weights beside the module.`)
  return new Uint8Array(await answer.arrayBuffer())
}
