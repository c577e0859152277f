import { describe, expect, it } from 'vitest'
import { randomSource } from '../tensor/index.ts'
import { meanAveragePrecision } from './detection.ts'
import { boxIoU, overlapping, type Region, shareInside } from './regions.ts'

const random = randomSource(7)
const between = (least: number, most: number): number => least + (most - least) * random.uniform()

const drawn = (count: number): Region[] =>
  Array.from({ length: count }, () => ({
    ...{ x: between(0, 100), y: between(0, 100) },
    ...{ width: between(0.1, 30), height: between(0.1, 30) },
  }))

/** Share of area, by the definition. */
function sharesArea(a: Region, b: Region): boolean {
  const apart = (p: number, pLength: number, q: number, qLength: number): boolean =>
    !(p - pLength / 2 < q + qLength / 2 && q - qLength / 2 < p + pLength / 2)
  return !apart(a.x, a.width, b.x, b.width) && !apart(a.y, a.height, b.y, b.height)
}

describe('regions that overlap', () => {
  it('are found among many as by asking each, in their order', () => {
    const regions = drawn(300)
    const find = overlapping(regions)
    for (const other of drawn(50)) {
      const all = regions.flatMap((region, i) => (sharesArea(region, other) ? [i] : []))
      expect([...find(other)]).toEqual(all)
    }
  })

  it('leave out what has no place or no area, and take in what has no end', () => {
    const odd: Region[] = [
      { x: Number.NaN, y: 5, width: 4, height: 4 },
      { x: 5, y: 5, width: Number.NaN, height: 4 },
      { x: 5, y: Number.NaN, width: 4, height: 4 },
      { x: 5, y: 5, width: 0, height: 4 },
      { x: 5, y: 5, width: -4, height: 4 },
      { x: 5, y: 5, width: Number.POSITIVE_INFINITY, height: 4 },
      { x: 5, y: 5, width: 4, height: 4 },
    ]
    const far = Array.from({ length: 40 }, (_, i) => ({ x: 100 + i, y: 5, width: 1, height: 1 }))
    const all = [...far.slice(0, 20), ...odd, ...far.slice(20)]
    expect([...overlapping(all)({ x: 5, y: 5, width: 2, height: 2 })]).toEqual([25, 26])
  })

  it('are few of many: a box on a grid of 10,000 meets its neighbours and no others', () => {
    const grid = Array.from({ length: 10_000 }, (_, i) => ({ x: i % 100, y: Math.floor(i / 100), width: 1, height: 1 }))
    expect([...overlapping(grid)({ x: 50, y: 50, width: 1.5, height: 1.5 })]).toHaveLength(9)
  })

  it('give the same average precision as judging every pair of box and detection', () => {
    for (let run = 0; run < 20; run++) {
      const boxes = drawn(60).map((box, i) => ({ ...box, label: 0, ignore: i % 7 === 0 }))
      const detections = boxes.map((box) => ({
        ...{ ...box, x: box.x + between(-3, 3), y: box.y + between(-3, 3), label: 0 },
        score: random.uniform(),
      }))
      const { at50, at50to95 } = meanAveragePrecision([{ boxes, detections }], 1)
      const each = Array.from({ length: 10 }, (_, t) => pairwise(boxes, detections, 0.5 + 0.05 * t))
      expect(at50).toBeCloseTo(each[0], 12)
      expect(at50to95).toBeCloseTo(each.reduce((sum, one) => sum + one) / 10, 12)
    }
  })
})

/** Average precision of COCO by the rule as pycocotools states it, every detection against every box. */
function pairwise(
  boxes: readonly (Region & { readonly ignore: boolean })[],
  detections: readonly (Region & { readonly score: number })[],
  threshold: number,
): number {
  const matched = boxes.map(() => false)
  const outcomes: boolean[] = []
  for (const detection of [...detections].sort((a, b) => b.score - a.score)) {
    let [best, most] = [-1, threshold]
    boxes.forEach((box, k) => {
      const overlap = boxIoU(box, detection)
      if (!box.ignore && !matched[k] && overlap >= most) [best, most] = [k, overlap]
    })
    if (best >= 0) {
      matched[best] = true
      outcomes.push(true)
    } else if (!boxes.some((box) => box.ignore && shareInside(detection, box) >= threshold)) outcomes.push(false)
  }
  const positives = boxes.filter(({ ignore }) => !ignore).length
  const curve = outcomes.map((_, i) => {
    const hits = outcomes.slice(0, i + 1).filter(Boolean).length
    return { recall: hits / positives, precision: hits / (i + 1) }
  })
  const at = (recall: number): number =>
    Math.max(0, ...curve.filter((point) => point.recall >= recall - 1e-12).map(({ precision }) => precision))
  return Array.from({ length: 101 }, (_, i) => at(i / 100)).reduce((sum, one) => sum + one) / 101
}
