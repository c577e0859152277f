// The options of a network that the size of the pictures decides.

import { data, models, nn } from 'convoke'
import { describe, expect, it } from 'vitest'
import type { Examples, Opened } from '../data/opened.ts'
import { classify, fittingOptions } from './classify.ts'
import { segment } from './segment.ts'

const classesOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `class ${i}`)

describe('a compact residual network', () => {
  it.each([
    [28, 28, 4],
    [32, 64, 5],
    [128, 200, 6],
    // As often as the shorter side can be halved.
    [8, 200, 4],
    [5, 5, 3],
    [1, 40, 1],
  ])('for pictures of %d×%d has %d widths, and takes them', (height, width, count) => {
    const { widths } = fittingOptions('compactresnet', height, width) as { widths: number[] }
    expect(widths).toHaveLength(count)
    const model = models.build('compactresnet', { classes: 2, widths })
    expect(nn.summary(model, [1, height, width, 3]).outputShape).toEqual([1, 2])
  })

  it('is wider where there are many pictures', async () => {
    const digits = data.digits({ count: 12_000, size: 12 })
    const opened = {
      ...{ train: data.subset(digits, [0, 1, 2, 3]), picture: { height: 12, width: 12, channels: 1 } },
      classes: classesOf(10),
    } as unknown as Opened<Examples['classify']>
    const widthsOf = async (train: typeof digits) => {
      const request = { name: 'compactresnet', options: {}, room: { seconds: undefined } }
      return (await classify.plan({ ...opened, train }, request)).model.options['widths']
    }
    expect(await widthsOf(opened.train)).toEqual([16, 32, 64, 128])
    expect(await widthsOf(digits)).toEqual([32, 64, 128, 256])
  })
})

it.each([
  [48, 2],
  [160, 4],
])('a DeepLab for pictures of %d pixels goes back to every pixel of %d', async (size, stride) => {
  const opened = {
    ...{ train: data.shapesWithMasks({ count: 2, size }), picture: { height: size, width: size, channels: 3 } },
    classes: classesOf(4),
  } as unknown as Opened<Examples['segment']>
  const { model } = await segment.plan(opened, { name: 'DeepLab', options: { depth: 1 } })
  expect(model).toEqual({ name: 'deeplab', options: { classes: 4, channels: 3, stride, depth: 1 } })
})
