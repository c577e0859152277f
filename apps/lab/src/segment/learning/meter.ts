// How well masks fit: IoU and Dice of each class over all held-out pixels, and the share of right pixels at the edges of shapes.

import { metrics, type Tensor, type train } from 'convoke'
import type { Example, Measured } from '../task.ts'

/** Pixels whose neighbour above, below, left or right has another class. */
export function edgesOf(mask: ArrayLike<number>, side: number): Uint8Array {
  const edges = new Uint8Array(side * side)
  for (let p = 0; p < edges.length; p++) {
    const x = p % side
    const differs =
      (x > 0 && mask[p - 1] !== mask[p]) ||
      (x < side - 1 && mask[p + 1] !== mask[p]) ||
      (p >= side && mask[p - side] !== mask[p]) ||
      (p < side * (side - 1) && mask[p + side] !== mask[p])
    edges[p] = Number(differs)
  }
  return edges
}

export interface MaskMeter {
  readonly meter: train.Meter<Example, Tensor>
  readonly found: () => Measured['classes']
}

export function maskMeter(classes: number, side: number): MaskMeter {
  let matrix: metrics.ConfusionMatrix | undefined
  let [right, atEdge] = [0, 0]
  const report = () => metrics.classificationReport(matrix ?? [])
  return {
    meter: {
      async add(output, { mask }) {
        const [scores, labels] = await Promise.all([output.data(), mask.data()])
        const found = metrics.argMaxRows(scores, classes)
        const own = metrics.confusionMatrix(found, labels, classes)
        matrix = matrix === undefined ? own : metrics.addConfusion(matrix, own)
        const pixels = side * side
        for (let from = 0; from < found.length; from += pixels) {
          const edges = edgesOf(labels.subarray(from, from + pixels), side)
          for (let p = 0; p < pixels; p++) {
            if (edges[p] === 0) continue
            atEdge++
            if (found[from + p] === labels[from + p]) right++
          }
        }
      },
      values() {
        const { accuracy, macro } = report()
        return { iou: macro.iou, dice: macro.f1, accuracy, edges: right / Math.max(1, atEdge) }
      },
    },
    found: () => report().classes.map(({ iou, f1 }) => ({ iou, dice: f1 })),
  }
}
