// Training steps of a small network, and whether memory stays constant over them.

import { scope, valueAndGradients } from '../../../../autodiff/index.ts'
import { conv2d, matmul, maxPool, mean, multiply, reshape, square, subtract } from '../../../../ops/index.ts'
import { memory, randomNormal, type Tensor, zeros } from '../../../../tensor/index.ts'
import { useBackend } from '../../../current.ts'
import { type Runtime, runtimeOrReason } from '../../runtime/index.ts'

/** What is in use at one moment. */
export interface Use {
  /** Bytes of engine memory in use, and taken from the system. */
  readonly used: number
  readonly reserved: number
  /** Bytes of executable memory. */
  readonly code: number
  /** What tensors hold. */
  readonly buffers: number
  readonly bytes: number
}

export function useOf(runtime: Runtime): Use {
  const { used, reserved } = runtime.memory()
  const { buffers, bytes } = memory()
  return { used, reserved, code: runtime.code().used, buffers, bytes }
}

/** A network that learns to halve: conv 3×3 + bias + ReLU → max pool → matrix → mean squared error. */
function createTraining(): { readonly step: () => number; readonly dispose: () => void } {
  const random = (shape: number[], seed: number, deviation: number): Tensor => randomNormal(shape, { seed, deviation })
  const [x, target] = [random([4, 10, 10, 3], 1, 1), random([4, 5], 2, 1)]
  const parameters = [random([3, 3, 3, 8], 3, 0.2), zeros([8]), random([5 * 5 * 8, 5], 4, 0.1)]
  const loss = (): Tensor => {
    const [filter, bias, weights] = parameters
    const features = maxPool(conv2d(x, filter, { padding: 'same', bias, activation: 'relu' }), 2)
    return mean(square(subtract(matmul(reshape(features, [4, 5 * 5 * 8]), weights), target)))
  }
  const step = (): number => {
    const { value, gradients } = valueAndGradients(loss, parameters)
    scope(() => {
      parameters.forEach((parameter, i) => {
        parameter.assign(subtract(parameter, multiply(gradients[i], 0.01)))
      })
    })
    const [last] = value.dataSync()
    for (const tensor of [value, ...gradients]) tensor.dispose()
    return last
  }
  return { step, dispose: () => [x, target, ...parameters].forEach((tensor) => void tensor.dispose()) }
}

export interface SoakResult {
  readonly firstLoss: number
  readonly lastLoss: number
  /** After the warm-up, and after the last step. */
  readonly before: Use
  readonly after: Use
  /** Steps after which any figure differed from `before`. */
  readonly changes: number
}

/** Steps in which plans are made and the arena settles. */
const warmUp = 20

const sameUse = (a: Use, b: Use): boolean => (Object.keys(a) as (keyof Use)[]).every((key) => a[key] === b[key])

/** Trains for `steps` steps on the current backend, whose runtime is given. */
export function train(runtime: Runtime, steps: number, progress: (done: number) => void = () => {}): SoakResult {
  const { step, dispose } = createTraining()
  try {
    const firstLoss = step()
    for (let i = 1; i < warmUp; i++) step()
    const before = useOf(runtime)
    let [lastLoss, changes] = [firstLoss, 0]
    for (let i = 1; i <= steps; i++) {
      lastLoss = step()
      if (!sameUse(useOf(runtime), before)) changes++
      if (i % 50 === 0 || i === steps) progress(i)
    }
    return { firstLoss, lastLoss, before, after: useOf(runtime), changes }
  } finally {
    dispose()
  }
}

const showUse = ({ used, reserved, code, buffers }: Use): string =>
  `${used} bytes of ${reserved} in ${buffers} tensors and plans, ${code} of code`

/** The same on every backend of the engine that is available, in words. */
export async function soak(
  steps: number,
  progress: (done: number) => void,
): Promise<{ readonly lines: readonly string[]; readonly constant: boolean }> {
  const lines: string[] = []
  let constant = true
  for (const name of ['native', 'wasm'] as const) {
    const found = runtimeOrReason(name)
    if ('reason' in found) continue
    await useBackend(name)
    const { before, after, changes, firstLoss, lastLoss } = train(found.runtime, steps, progress)
    constant &&= changes === 0
    const verdict =
      changes === 0 ? 'constant' : `NOT constant (different after ${changes} steps): from ${showUse(before)} to`
    lines.push(
      `${name}: ${steps} steps, loss ${firstLoss.toFixed(4)} → ${lastLoss.toFixed(4)}, memory ${verdict}: ${showUse(after)}`,
    )
  }
  return { lines, constant }
}
