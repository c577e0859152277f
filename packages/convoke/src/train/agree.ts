// What ranks that train together agree on: where they begin, and when they stop.

import type { AnyModule } from '../nn/module.ts'
import type { StopSignal } from '../shapes/host.ts'
import { fromData } from '../tensor/create.ts'
import type { ParallelWorld } from '../world/world.ts'
import { decodeTrainingState, encodeTrainingState, type TrainingState } from './checkpoint.ts'

/** The state that rank 0 has, on every rank. */
export async function shareState(
  world: ParallelWorld,
  state: TrainingState | undefined,
): Promise<TrainingState | undefined> {
  if (world.size === 1) return state
  const own = world.rank === 0 && state !== undefined ? encodeTrainingState(state) : new Uint8Array(0)
  const length = Int32Array.of(own.length)
  await world.broadcast(length)
  if (length[0] === 0) return undefined
  const bytes = world.rank === 0 ? own : new Uint8Array(length[0])
  await world.broadcast(bytes)
  return world.rank === 0 ? state : decodeTrainingState(bytes)
}

/** Gives every rank the weights and buffers that one has, rank 0 when not given. All call it, with models of the same architecture. */
export async function shareWeights(world: ParallelWorld, model: AnyModule, from = 0): Promise<void> {
  if (world.size === 1) return
  for (const value of Object.values(model.state())) {
    const data = await value.data()
    await world.broadcast(data, from)
    if (world.rank === from) continue
    const fresh = fromData(data, value.shape, value.dtype)
    value.assign(fresh)
    fresh.dispose()
  }
}

/** Whether any rank was asked to stop. */
export async function anyStops(world: ParallelWorld, signal: StopSignal | undefined): Promise<boolean> {
  const own = signal?.aborted === true
  if (world.size === 1) return own
  const flag = Int32Array.of(own ? 1 : 0)
  await world.allReduce(flag, { op: 'max' })
  return flag[0] > 0
}

/** A number as the first rank knows it. */
export async function asFirst(world: ParallelWorld, value: number): Promise<number> {
  if (world.size === 1) return value
  const told = Float64Array.of(value)
  await world.broadcast(told)
  return told[0]
}
