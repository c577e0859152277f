import { data, randomSource } from 'convoke'
import { uprightness } from 'convoke-workbench'
import { describe, expect, it } from 'vitest'

const side = 24

/** Pictures of noise, with `light` added to each pixel by its place, and a box where `place` says. */
function pictures(light: (x: number, y: number) => number, place: (at: number) => number) {
  const random = randomSource(6)
  return data.fromExamples(
    Array.from({ length: 60 }, () => ({
      image: {
        shape: [side, side, 1],
        data: Float32Array.from(
          { length: side * side },
          (_, p) => 0.5 * random.uniform() + light((p % side) / side, Math.floor(p / side) / side),
        ),
      },
      boxes: [{ x: random.uniform() * side, y: place(random.uniform()) * side, width: 4, height: 4, label: 0 }],
    })),
  )
}

describe('whether pictures have an up and a down', () => {
  it('is seen from the light and from where boxes lie', async () => {
    const sky = await uprightness(
      pictures(
        (_, y) => (y < 0.4 ? 0.5 : 0),
        (at) => at,
      ),
    )
    expect([sky.isUpright, sky.vertical > 0.15, sky.horizontal < 0.05]).toEqual([true, true, true])
    expect(
      (
        await uprightness(
          pictures(
            () => 0.2,
            (at) => 0.6 + 0.3 * at,
          ),
        )
      ).isUpright,
    ).toBe(true)
  })

  it('is not there where halves differ by chance alone, or as much from left to right', async () => {
    expect(
      (
        await uprightness(
          pictures(
            () => 0.2,
            (at) => at,
          ),
        )
      ).isUpright,
    ).toBe(false)
    const slanted = pictures(
      (x, y) => 0.4 * (x + y),
      (at) => at,
    )
    expect((await uprightness(slanted)).isUpright).toBe(false)
  })

  it('is seen from masks, whose pixels that do not count say nothing', async () => {
    const masked = (below: number) =>
      data.fromExamples(
        Array.from({ length: 20 }, () => ({
          image: { shape: [4, 4, 1], data: new Float32Array(16).fill(0.5) },
          mask: { shape: [4, 4], data: Int32Array.from({ length: 16 }, (_, p) => (p < 8 ? 1 : below)) },
        })),
      )
    expect((await uprightness(masked(0))).isUpright).toBe(true)
    expect((await uprightness(masked(1))).isUpright).toBe(false)
  })

  it('is taken for granted where too few pictures could tell', async () => {
    expect(
      (
        await uprightness(
          data.subset(
            pictures(
              () => 0.2,
              (at) => at,
            ),
            [0, 1, 2],
          ),
        )
      ).isUpright,
    ).toBe(true)
  })
})
