// Where a number that is not finite came from.

import { scope } from '../autodiff/gradients.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import type { AnyModule } from '../nn/module.ts'
import { all, isFinite as finite } from '../ops/index.ts'
import { keep, tensorsIn } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

/** Whether every number of some tensors is finite, as a bool scalar for each. */
const finiteFlags = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.filter(({ dtype }) => dtype === 'float32').map((value) => keep(scope(() => all(finite(value)))))

async function firstUnset<T>(
  flagged: readonly { readonly entry: T; readonly flags: readonly Tensor[] }[],
): Promise<T | null> {
  let found: T | null = null
  for (const { entry, flags } of flagged) {
    for (const flag of flags) {
      if (found === null && (await flag.data())[0] === 0) found = entry
      flag.dispose()
    }
  }
  return found
}

/** Names the first parameter that is not finite, or else the first layer whose result is not when `run` runs the model. */
export async function findNonFinite(model: AnyModule, run: () => void): Promise<string | null> {
  const parameter = await firstUnset(
    Object.entries(model.state()).map(([entry, value]) => ({ entry, flags: finiteFlags([value]) })),
  )
  if (parameter !== null) return `the parameter ${parameter}`
  const calls: { entry: string; flags: Tensor[] }[] = []
  const stop = model.observe({
    leave: ({ path, module, output }) => {
      const name = path === '' ? `the model (${module.kind})` : `the layer ${path} (${module.kind})`
      calls.push({ entry: name, flags: finiteFlags(tensorsIn(output, isTensor)) })
    },
  })
  try {
    withoutGradients(() => scope(run))
  } finally {
    stop()
  }
  return firstUnset(calls)
}

/** The name of the first gradient that is not finite. */
export function findNonFiniteGradient(names: readonly string[], gradients: readonly Tensor[]): Promise<string | null> {
  return firstUnset(names.map((entry, index) => ({ entry, flags: finiteFlags([gradients[index]]) })))
}
