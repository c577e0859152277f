// Shapes of inputs from the command line.

import type { OnnxModel } from 'convoke/graph'
import { show } from 'convoke/shapes'
import { UsageError } from '../errors.ts'

/** The first input that is no weight. */
function firstInput({ graph }: OnnxModel): string | undefined {
  const weights = new Set(graph.initializers.map(({ name }) => name))
  return graph.inputs.find(({ name }) => !weights.has(name))?.name
}

export interface Asked {
  readonly name: string | null
  readonly shape: readonly number[]
}

/** `1x224x224x3`, or `tokens=1x16` for an input by name. */
export function shapesOf(texts: readonly string[]): Asked[] {
  return texts.map((text) => {
    const cut = text.lastIndexOf('=')
    const parts = text.slice(cut + 1).split(/[x×,]/)
    const shape = parts.map(Number)
    if (!parts.every((part) => /^\d+$/.test(part.trim())) || shape.some((size) => size < 1)) {
      throw new UsageError(`--input is ${show(text)}; give a shape such as 1x224x224x3, or NAME=1x224x224x3.`)
    }
    return { name: cut < 0 ? null : text.slice(0, cut), shape }
  })
}

/** Shapes by the names of inputs; one without a name is that of the first. */
export function byName(asked: readonly Asked[], model: OnnxModel): Record<string, readonly number[]> {
  const [only] = asked.filter(({ name }) => name === null)
  const first = firstInput(model)
  const shapes = Object.fromEntries(
    asked.flatMap(({ name, shape }): [string, readonly number[]][] => (name === null ? [] : [[name, shape]])),
  )
  return only === undefined || first === undefined ? shapes : { ...shapes, [first]: only.shape }
}
