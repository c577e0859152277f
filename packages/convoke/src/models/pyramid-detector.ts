// A detector with several scales: boxes are found by their centres as in `Detector`, small ones among fine cells and large ones among
// coarse cells, whose features see more of the picture (Lin et al. 2017, feature pyramid networks; without anchors as in Tian et al. 2019, FCOS).

import * as nn from '../nn/index.ts'
import { add, concat, reshape, resize } from '../ops/index.ts'
import { check } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { basicStage, convNorm, numbered } from './blocks.ts'
import { boxValues, type DetectorOptions, head, rarely } from './detector.ts'

/** The options of `PyramidDetector`. */
export interface PyramidDetectorOptions extends DetectorOptions {
  /** Scales at which boxes are found, from stride 4 on, each twice the one before: 3 when not given. */
  readonly scales?: number | undefined
}

/**
 * `[batch, height, width, channels]` → `[batch, cells, classes + 4]`: the cells of stride 4 row by row, `height / 4` × `width / 4` of them with
 * sides rounded up, then those of stride 8, and so on. Each says what a cell of `Detector` says, the box in cells of its own stride.
 * `train.detection` learns it, `train.decodeBoxes` reads it. Throws `ConvokeError` for more scales than `widths`.
 *
 * @example
 * models.PyramidDetector({ classes: 3 })(zeros([1, 64, 96, 3])).shape  // [1, 504, 7]
 */
export function PyramidDetector(options: PyramidDetectorOptions): nn.Module {
  const { classes, channels = 3, widths = [32, 64, 128, 256], depth = 2, features = 64, scales = 3 } = options
  check(
    Number.isInteger(scales) && scales >= 1 && scales <= widths.length,
    () =>
      `PyramidDetector: scales is ${scales}; it must be a whole number from 1 to ${widths.length}, the number of widths.`,
  )
  const levels = widths.map((width, i) => basicStage(depth, { in: widths[i - 1] ?? widths[0], out: width, stride: 2 }))
  const across = widths.map((width) => convNorm({ in: width, out: features, kernel: 1 }))
  const each = <T>(make: () => T): T[] => Array.from({ length: scales }, make)
  return nn.defineModule({
    kind: 'PyramidDetector',
    options,
    children: {
      stem: convNorm({ in: channels, out: widths[0], kernel: 3, stride: 2, activation: 'relu' }),
      ...numbered('level', levels),
      ...numbered('across', across),
      ...numbered(
        'merge',
        each(() => convNorm({ in: features, out: features, kernel: 3, activation: 'relu' })),
      ),
      ...numbered(
        'centres',
        each(() => head(features, classes, rarely)),
      ),
      ...numbered(
        'boxes',
        each(() => head(features, boxValues, 0)),
      ),
    } as Record<string, nn.Module>,
    forward:
      ({ children }) =>
      (x: Tensor) => {
        let y = children['stem'](x)
        const found = widths.map((_, i) => {
          y = children[`level${i + 1}`](y)
          return y
        })
        let above: Tensor | null = null
        const merged = found.map((map) => map)
        for (let i = found.length - 1; i >= 0; i--) {
          const own = children[`across${i + 1}`](found[i])
          above = above === null ? own : add(own, resize(above, { size: own.shape.slice(1, 3), mode: 'nearest' }))
          merged[i] = above
        }
        const said = merged.slice(0, scales).map((map, i) => {
          const own = children[`merge${i + 1}`](map)
          const cells = concat([children[`centres${i + 1}`](own), children[`boxes${i + 1}`](own)], -1)
          return reshape(cells, [cells.shape[0], cells.shape[1] * cells.shape[2], classes + boxValues])
        })
        return concat(said, 1)
      },
  })
}
