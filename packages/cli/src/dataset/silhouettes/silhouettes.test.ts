import { describe, expect, it } from 'vitest'
import { silhouettes } from './index.ts'

const values = async (seed: number, index: number): Promise<readonly number[]> => [
  ...(await silhouettes({ count: 500, seed, size: 28 }).get(index)).image.data,
]

describe('Drawn silhouettes', () => {
  it('take 250 classes in turn', async () => {
    const set = silhouettes({ count: 500, seed: 0, size: 28 })
    expect(set.classes).toHaveLength(250)
    expect([(await set.get(3)).label, (await set.get(253)).label, set.labelOf?.(499)]).toEqual([3, 3, 249])
  })

  it('are the same for a seed, and never twice the same', async () => {
    expect(await values(0, 7)).toEqual(await values(0, 7))
    expect(await values(0, 7)).not.toEqual(await values(1, 7))
    expect(await values(0, 7)).not.toEqual(await values(0, 257))
  })

  it('are values from 0 to 1, and no class is empty', async () => {
    for (let label = 0; label < 250; label++) {
      const drawn = await values(0, label)
      expect(drawn.every((value) => value >= 0 && value <= 1)).toBe(true)
      expect(new Set(drawn).size, `class ${label}`).toBeGreaterThan(20)
    }
  })
})
