// Plain data of all ranks, with the numbers that JSON has not.

import { gatherJson as gatherText, type ParallelWorld } from '../world/world.ts'

/** NaN and infinities travel as words in an object of their own. */
const wrap = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value
const unwrap = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$number' in value ? Number(value.$number) : value

/** Plain data of each rank, by rank: what JSON can hold, NaN and infinities. All ranks call it. */
export async function gatherJson<T>(world: ParallelWorld, value: T): Promise<T[]> {
  if (world.size === 1) return [value]
  const all = await gatherText(world, JSON.stringify(value, wrap))
  return all.map((text) => JSON.parse(text, unwrap) as T)
}
