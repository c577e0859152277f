// Averaged over its mirrored views, the output of any network follows the picture when that is mirrored.

import { flip, models, nn, randomUniform, type Tensor, tensor, withoutGradients } from 'convoke'
import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../config.ts'
import { pictureForward } from './views.ts'

const configOf = (task: RunConfig['task'], testTime: RunConfig['training']['testTime']) =>
  ({
    task,
    picture: { height: 16, width: 24, channels: 1, mean: [0.5], deviation: [0.25] },
    training: { testTime },
  }) as unknown as RunConfig

const [vertical, horizontal] = [1, 2]
const picture = randomUniform([2, 16, 24, 1], { seed: 3 })

const close = async (a: Tensor, b: Tensor) => {
  const [own, other] = [Array.from(await a.data()), Array.from(await b.data())]
  expect(own.length).toBe(other.length)
  return Math.max(...own.map((value, i) => Math.abs(value - other[i])))
}

const look = (task: RunConfig['task'], how: RunConfig['training']['testTime'], model: nn.Module, image: Tensor) =>
  withoutGradients(() => pictureForward(configOf(task, how), model)(image))

describe('the outputs of mirrored views', () => {
  it('of a classifier are those of the picture mirrored, and of one view those of the network', async () => {
    const model = models
      .CompactCNN({ classes: 3, widths: [4, 8] })
      .initialize(1)
      .eval()
    const mirrored = flip(picture, horizontal)
    const plain = look('classify', 'none', model, picture)
    expect(await close(plain, look('classify', undefined, model, picture))).toBe(0)
    expect(await close(plain, look('classify', 'none', model, mirrored))).toBeGreaterThan(1e-3)
    for (const how of ['flips', 'turns'] as const)
      expect(await close(look('classify', how, model, picture), look('classify', how, model, mirrored))).toBeLessThan(
        1e-5,
      )
    const upside = flip(picture, vertical)
    expect(
      await close(look('classify', 'flips', model, picture), look('classify', 'flips', model, upside)),
    ).toBeGreaterThan(1e-3)
    expect(
      await close(look('classify', 'turns', model, picture), look('classify', 'turns', model, upside)),
    ).toBeLessThan(1e-5)
  })

  it('of a U-Net are mirrored with the picture', async () => {
    const model = models.UNet({ classes: 3, width: 4, depth: 2, norm: true }).initialize(1).eval()
    for (const axes of [[horizontal], [vertical], [vertical, horizontal]]) {
      const mirrored = flip(picture, axes)
      const [found, expected] = [
        look('segment', 'turns', model, mirrored),
        flip(look('segment', 'turns', model, picture), axes),
      ]
      expect(await close(found, expected)).toBeLessThan(1e-5)
      expect(
        await close(look('segment', 'none', model, mirrored), flip(look('segment', 'none', model, picture), axes)),
      ).toBeGreaterThan(1e-3)
    }
  })

  it.each([
    ['cells that fill the picture', 16, 24],
    ['cells that reach beyond its edges', 18, 23],
  ])('of a detector tell the same boxes: %s', async (_, height, width) => {
    // Each cell says where the light is: as far from its middle, in cells of four pixels.
    const light = { x: 6.5, y: 13.5 }
    const image = tensor(
      Array.from({ length: height * width }, (_, p) =>
        Number(p % width === light.x - 0.5 && Math.floor(p / width) === light.y - 0.5),
      ),
      { shape: [1, height, width, 1] },
    )
    const [rows, columns] = [Math.ceil(height / 4), Math.ceil(width / 4)]
    const finder = nn.Sequential((x: Tensor) => {
      const bright = (x.toArray() as number[][][][])[0].flatMap((row, i) =>
        row.flatMap(([value], j) => (value > 0 ? [[j + 0.5, i + 0.5]] : [])),
      )[0]
      return tensor([
        Array.from({ length: rows }, (_, row) =>
          Array.from({ length: columns }, (_, column) => [
            ...[7, -1, bright[0] / 4 - column - 0.5, bright[1] / 4 - row - 0.5],
            ...[0.25, -0.5],
          ]),
        ),
      ])
    })
    const [plain, viewed] = [look('detect', 'none', finder, image), look('detect', 'turns', finder, image)]
    expect(plain.shape).toEqual([1, rows, columns, 6])
    expect(await close(plain, viewed)).toBeLessThan(1e-5)
  })

  it('of a detector with several scales are boxes at the same places, in each of its grids', async () => {
    const [height, width] = [18, 22]
    const pixels = new Float32Array(height * width)
    pixels[6 * width + 17] = 1
    const image = tensor(pixels, { shape: [1, height, width, 1] })
    const grids = [4, 8].map((stride) => ({
      stride,
      rows: Math.ceil(height / stride),
      columns: Math.ceil(width / stride),
    }))
    const finder = nn.Sequential((x: Tensor) => {
      const at = (x.dataSync() as Float32Array).findIndex((value) => value > 0)
      const [centreX, centreY] = [(at % width) + 0.5, Math.floor(at / width) + 0.5]
      const cells = grids.flatMap(({ stride, rows, columns }) =>
        Array.from({ length: rows * columns }, (_, cell) => [
          ...[stride, centreX / stride - (cell % columns) - 0.5, centreY / stride - Math.floor(cell / columns) - 0.5],
          ...[0.25, -0.5],
        ]),
      )
      return tensor([cells])
    })
    const [plain, viewed] = [look('detect', 'none', finder, image), look('detect', 'turns', finder, image)]
    expect(plain.shape).toEqual([1, 5 * 6 + 3 * 3, 5])
    expect(await close(plain, viewed)).toBeLessThan(1e-5)
  })
})
