import { describe, expect, it } from 'vitest'
import * as metrics from './index.ts'

describe('classification', () => {
  const predicted = [0, 0, 1, 1, 2, 2, 2]
  const actual = [0, 1, 1, 1, 2, 0, 2]
  it('counts what was taken for what', () => {
    expect(metrics.accuracy(predicted, actual)).toBeCloseTo(5 / 7, 9)
    expect(metrics.confusionMatrix(predicted, actual, 3)).toEqual([
      [1, 0, 1],
      [1, 2, 0],
      [0, 0, 2],
    ])
    expect(metrics.confusionMatrix([0, 1], [0, 9], 2, { ignore: 9 })).toEqual([
      [1, 0],
      [0, 0],
    ])
    expect(() => metrics.confusionMatrix([5], [0], 2)).toThrow(
      'pair 0 is predicted 5, actual 0; classes go from 0 to 1',
    )
  })
  it('reports precision, recall, F1 and IoU of each class and their means', () => {
    const report = metrics.classificationReport(metrics.confusionMatrix(predicted, actual, 4))
    expect(report.classes[0]).toEqual({ precision: 1 / 2, recall: 1 / 2, f1: 1 / 2, iou: 1 / 3, support: 2 })
    expect(report.classes[1]).toEqual({ precision: 1, recall: 2 / 3, f1: 4 / 5, iou: 2 / 3, support: 3 })
    expect(report.classes[2]).toEqual({ precision: 2 / 3, recall: 1, f1: 4 / 5, iou: 2 / 3, support: 2 })
    expect(report.classes[3]).toEqual({ precision: 0, recall: 0, f1: 0, iou: Number.NaN, support: 0 })
    expect(report.accuracy).toBeCloseTo(5 / 7, 9)
    expect(report.macro.f1).toBeCloseTo((0.5 + 0.8 + 0.8) / 3, 9)
    expect(report.macro.iou).toBeCloseTo((1 / 3 + 2 / 3 + 2 / 3) / 3, 9)
  })
  it('finds the actual class among the k best', () => {
    const scores = [0.1, 0.7, 0.2, 0.5, 0.3, 0.2]
    expect(metrics.argMaxRows(scores, 3)).toEqual(new Int32Array([1, 0]))
    expect([1, 2, 3].map((k) => metrics.topKAccuracy(scores, [2, 2], k))).toEqual([0, 0.5, 1])
    expect(metrics.topKAccuracy([1, 1, 1], [2], 2)).toBe(0)
    expect(metrics.topKAccuracy([Number.NaN, Number.NaN], [0], 1)).toBe(0)
  })
  it('takes NaN for the largest score, as argMax does', () => {
    const scores = [1, Number.NaN, 2, Number.NaN, Number.NaN, 1, -1, -2, -3]
    expect(metrics.argMaxRows(scores, 3)).toEqual(new Int32Array([1, 0, 0]))
  })
  it.each([-1, 3, 0.5, Number.NaN])('refuses the label %d rather than read the score of another row', (label) => {
    const scores = [0.1, 0.7, 0.2, 0.5, 0.3, 0.2]
    expect(() => metrics.topKAccuracy(scores, [0, label], 1)).toThrow(
      `label 1 is ${label}; labels are whole numbers from 0 to 2`,
    )
    expect(() => metrics.confusionMatrix([0, 0], [0, label], 3)).toThrow('classes go from 0 to 2')
    if (label !== 3) expect(() => metrics.accuracy([0, 0], [0, label])).toThrow(`label 1 is ${label}`)
  })
})

describe('detection', () => {
  const box = (x: number, y = 5, label = 0) => ({ x, y, width: 4, height: 4, label })
  const found = (x: number, score: number, label = 0) => ({ ...box(x, 5, label), score })
  it('overlap is intersection over union', () => {
    expect(metrics.boxIoU(box(5), box(5))).toBe(1)
    expect(metrics.boxIoU(box(5), box(7))).toBeCloseTo(8 / 24, 9)
    expect(metrics.boxIoU(box(5), box(9))).toBe(0)
    expect(metrics.boxIoU({ x: 0, y: 0, width: 0, height: 0 }, { x: 0, y: 0, width: 0, height: 0 })).toBe(0)
  })
  it('suppression keeps the best of those that overlap, by label', () => {
    const kept = metrics.suppressOverlaps([found(5, 0.6), found(5.5, 0.9), found(5, 0.5, 1), found(20, 0.1)])
    expect(kept.map(({ score }) => score)).toEqual([0.9, 0.5, 0.1])
  })
  // Two boxes; the detections in order of score are right, wrong, right: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1.
  const pictures = [{ boxes: [box(5), box(25)], detections: [found(5, 0.9), found(50, 0.8), found(25, 0.7)] }]
  it('average precision is the area under precision against recall, by three definitions', () => {
    const at = (interpolation: metrics.Interpolation) => metrics.averagePrecision(pictures, 0, 0.5, { interpolation })
    expect(at('voc')).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 9)
    expect(at('coco')).toBeCloseTo((51 * 1 + 50 * (2 / 3)) / 101, 9)
    expect(at('voc2007')).toBeCloseTo((6 * 1 + 5 * (2 / 3)) / 11, 9)
  })
  it('counts a box once, however often it is found', () => {
    const twice = [{ boxes: [box(5)], detections: [found(5, 0.9), found(5, 0.8)] }]
    expect(metrics.averagePrecision(twice, 0, 0.5, { interpolation: 'voc' })).toBe(1)
    const late = [{ boxes: [box(5)], detections: [found(40, 0.95), found(5, 0.8)] }]
    expect(metrics.averagePrecision(late, 0, 0.5, { interpolation: 'voc' })).toBe(0.5)
  })
  it('leaves ignored boxes out, found or not', () => {
    const hard = { ...box(25), ignore: true }
    const found25 = [{ boxes: [box(5), hard], detections: [found(25, 0.9), found(5, 0.8)] }]
    expect(metrics.averagePrecision(found25, 0, 0.5)).toBe(1)
    expect(metrics.averagePrecision([{ boxes: [hard], detections: [] }], 0, 0.5)).toBeNaN()
  })

  it('the curve goes from the best score to the lowest, as measured', () => {
    const at = (x: number) => ({ label: 0, x, y: 0, width: 2, height: 2 })
    const pictures = [
      {
        boxes: [at(0), at(10)],
        detections: [
          { ...at(0), score: 0.9 },
          { ...at(40), score: 0.8 },
          { ...at(10), score: 0.7 },
          { ...at(10), label: 1, score: 1 },
        ],
      },
    ]
    expect(metrics.precisionRecallCurve(pictures, 0, 0.5)).toEqual([
      { recall: 0.5, precision: 1, score: 0.9 },
      { recall: 0.5, precision: 1 / 2, score: 0.8 },
      { recall: 1, precision: 2 / 3, score: 0.7 },
    ])
    expect(metrics.precisionRecallCurve(pictures, 2, 0.5)).toEqual([])
  })
  it('follows pycocotools with crowds at every threshold', () => {
    const at = (x: number, y: number, width: number, height: number) => ({
      x: x + width / 2,
      y: y + height / 2,
      width,
      height,
      label: 0,
    })
    const boxes = [at(0, 0, 10, 10), { ...at(100, 100, 100, 100), ignore: true }]
    const detections = [
      { ...at(195, 100, 10, 10), score: 0.95 },
      { ...at(100, 100, 10, 10), score: 0.9 },
      { ...at(150, 150, 10, 10), score: 0.85 },
      { ...at(0, 0, 10, 8.2), score: 0.8 },
    ]
    // The first lies half inside the crowd: dropped at 0.5, a miss above. The second and third lie inside: dropped throughout. The
    // last has IoU 0.82 with the box: a hit up to 0.8. Precision is 1 at 0.5, 1/2 from 0.55 to 0.8, and 0 beyond: (1 + 6/2) / 10.
    const { at50, at50to95 } = metrics.meanAveragePrecision([{ boxes, detections }], 1)
    expect(at50).toBe(1)
    expect(at50to95).toBeCloseTo(0.4, 12)
  })
  it('of COCO gives a second detection the next free box, of VOC counts it as a repetition of the first', () => {
    const at = (x: number) => ({ x, y: 5, width: 10, height: 10, label: 0 })
    const boxes = [at(5), at(8)]
    // IoU with the boxes: 1 and 7/13 for the first; 9/11 and 8/12 for the second.
    const detections = [
      { ...at(5), score: 0.9 },
      { ...at(6), score: 0.8 },
    ]
    const precision = (interpolation: metrics.Interpolation) =>
      metrics.averagePrecision([{ boxes, detections }], 0, 0.5, { interpolation })
    expect(precision('coco')).toBe(1)
    expect(precision('voc')).toBe(0.5)
    // Precision 1 at the recalls 0, 0.1, …, 0.5, six of eleven.
    expect(precision('voc2007')).toBeCloseTo(6 / 11, 12)
  })
  it('of VOC drops what overlaps a difficult box most', () => {
    const at = (x: number, width = 10) => ({ x, y: 5, width, height: 10, label: 0 })
    const detections = [
      { ...at(30), score: 0.9 },
      { ...at(5), score: 0.8 },
    ]
    const boxes = [at(5), { ...at(31), ignore: true }]
    for (const interpolation of ['coco', 'voc', 'voc2007'] as const)
      expect(metrics.averagePrecision([{ boxes, detections }], 0, 0.5, { interpolation })).toBe(1)
    // A region ten times as wide: all of the detection is inside, yet its intersection over union is 0.1.
    const wide = [at(5), { ...at(75, 100), ignore: true }]
    expect(metrics.averagePrecision([{ boxes: wide, detections }], 0, 0.5)).toBe(1)
    expect(metrics.averagePrecision([{ boxes: wide, detections }], 0, 0.5, { interpolation: 'voc' })).toBe(0.5)
  })
  it('means go over classes that have boxes and over thresholds', () => {
    // Overlap 3/5 = 0.6: a hit at 0.5, 0.55 and 0.6 of the ten thresholds.
    const shifted = [{ boxes: [box(5)], detections: [{ ...found(6, 0.9), x: 6 }] }]
    const result = metrics.meanAveragePrecision(shifted, 2)
    expect(result.at50).toBe(1)
    expect(result.at50to95).toBeCloseTo(0.3, 9)
    expect(result.classes).toEqual([1, Number.NaN])
  })
  it('counts at most the best hundred of a class in a picture', () => {
    const noise = Array.from({ length: 100 }, (_, i) => found(100 + 10 * i, 0.9))
    expect(metrics.averagePrecision([{ boxes: [box(5)], detections: [...noise, found(5, 0.1)] }], 0, 0.5)).toBe(0)
  })
  it('takes detections whose score is NaN for the worst, in whatever order they come', () => {
    const scores = [Number.NaN, 0.2, Number.NaN, 0.9, Number.NaN]
    // The one at 5 is right; the others miss. By score it is the second: precision ½ at recall 1.
    const detections = scores.map((score, i) => found(i === 1 ? 5 : 50 * (i + 1), score))
    for (const order of [detections, [...detections].reverse()])
      expect(metrics.averagePrecision([{ boxes: [box(5)], detections: order }], 0, 0.5)).toBe(0.5)
    const same = [found(5, Number.NaN), found(5, 0.1), found(5, Number.NaN)]
    expect(metrics.suppressOverlaps(same).map(({ score }) => score)).toEqual([0.1])
  })
  it('looks at each picture once, however many classes and thresholds there are', () => {
    let looks = 0
    const pictures = Array.from({ length: 20 }, (_, i) => ({
      boxes: [box(5, 5, i)],
      get detections() {
        looks++
        return [found(5, 0.9, i)]
      },
    }))
    const result = metrics.meanAveragePrecision(pictures, 20)
    expect(looks).toBe(20)
    expect(result.at50to95).toBe(1)
    expect(result.classes).toEqual(Array(20).fill(1))
  })
})
