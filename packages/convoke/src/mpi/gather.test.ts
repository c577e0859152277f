import { expect, it } from 'vitest'
import { localWorlds } from '../world/testing/local-worlds.ts'
import { gatherJson } from './gather.ts'

it('gathers plain data of ranks, numbers that JSON has not included', async () => {
  const own = (rank: number) => ({ rank, values: [Number.NaN, -1 / 0, 0.1 + rank], text: '“ä”', nothing: null })
  const all = await Promise.all(localWorlds(3).map((world) => gatherJson(world, own(world.rank))))
  for (const gathered of all) expect(gathered).toEqual([own(0), own(1), own(2)])
})
