// Pooling and resizing.

import * as convoke from 'convoke'
import { atSizes, type OpCase, one, onPictures, picture } from './op-case.ts'

const window = { kernel_shape: [2, 2], strides: [2, 2] }
/** Of results without spatial axes. */
const flat = { order: [0, 1] } as const

const windows: OpCase[][] = [
  onPictures({
    op: 'maxPool 2',
    run: one((x) => convoke.maxPool(x, 2)),
    onnx: { operator: 'MaxPool', attributes: window },
    torch: 'F.max_pool2d(x0, 2)',
  }),
  onPictures({
    op: 'maxPool 3 stride 2',
    run: one((x) => convoke.maxPool(x, 3, { stride: 2 })),
    onnx: { operator: 'MaxPool', attributes: { kernel_shape: [3, 3], strides: [2, 2] } },
    torch: 'F.max_pool2d(x0, 3, 2)',
  }),
  onPictures({
    op: 'maxPoolWithIndices 2',
    run: one((x) => convoke.maxPoolWithIndices(x, 2).values),
    torch: 'F.max_pool2d(x0, 2, return_indices=True)[0]',
  }),
  onPictures({
    op: 'maxUnpool 2',
    run: one((x) => {
      const { values, indices } = convoke.maxPoolWithIndices(x, 2)
      return convoke.maxUnpool(values, indices, x.shape.slice(1, -1))
    }),
    torch: 'F.max_unpool2d(*F.max_pool2d(x0, 2, return_indices=True), 2)',
  }),
  onPictures({
    op: 'averagePool 2',
    run: one((x) => convoke.averagePool(x, 2)),
    onnx: { operator: 'AveragePool', attributes: window },
    torch: 'F.avg_pool2d(x0, 2)',
  }),
  onPictures({
    op: 'lpPool 2',
    run: one((x) => convoke.lpPool(x, 2)),
    onnx: { operator: 'LpPool', attributes: window },
    torch: 'F.lp_pool2d(x0, 2, 2)',
  }),
  onPictures({
    ...{ op: 'globalAveragePool', ...flat, run: one((x) => convoke.globalAveragePool(x)) },
    ...{ onnx: { operator: 'GlobalAveragePool' }, torch: 'F.adaptive_avg_pool2d(x0, 1)' },
  }),
  onPictures({
    ...{ op: 'globalMaxPool', ...flat, run: one((x) => convoke.globalMaxPool(x)) },
    ...{ onnx: { operator: 'GlobalMaxPool' }, torch: 'F.adaptive_max_pool2d(x0, 1)' },
  }),
  onPictures({
    ...{ op: 'globalLpPool', ...flat, run: one((x) => convoke.globalLpPool(x)) },
    ...{ onnx: { operator: 'GlobalLpPool' }, torch: 'torch.linalg.vector_norm(x0, dim=(2, 3))' },
  }),
  onPictures({
    op: 'adaptiveAveragePool 7',
    run: one((x) => convoke.adaptiveAveragePool(x, 7)),
    torch: 'F.adaptive_avg_pool2d(x0, 7)',
  }),
  onPictures({
    op: 'adaptiveMaxPool 7',
    run: one((x) => convoke.adaptiveMaxPool(x, 7)),
    torch: 'F.adaptive_max_pool2d(x0, 7)',
  }),
]

/** The ways to resize, and how the peers are asked for the same pixels. PyTorch's nearest is the one before. */
const modes = [
  [
    { mode: 'nearest', coordinates: 'asymmetric', rounding: 'floor' },
    { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  ],
  [{ mode: 'bilinear' }, { mode: 'linear' }],
  [{ mode: 'bicubic' }, { mode: 'cubic' }],
] as const

const sizes: OpCase[][] = [
  ...modes.flatMap(([options, attributes]) =>
    ([2, 0.5] as const).map((scale) =>
      onPictures({
        op: `resize ×${scale} ${options.mode}`,
        run: one((x) => convoke.resize(x, { scale, ...options })),
        onnx: { operator: 'Resize', attributes, constants: [null, { float32: [1, 1, scale, scale] }] },
        torch: `F.interpolate(x0, scale_factor=${scale}, mode="${options.mode}")`,
      }),
    ),
  ),
  onPictures({
    ...{ op: 'pixelShuffle 2', run: one((x) => convoke.pixelShuffle(x, 2)), torch: 'F.pixel_shuffle(x0, 2)' },
    onnx: { operator: 'DepthToSpace', attributes: { blocksize: 2, mode: 'CRD' } },
  }),
  onPictures({
    ...{ op: 'pixelUnshuffle 2', run: one((x) => convoke.pixelUnshuffle(x, 2)), torch: 'F.pixel_unshuffle(x0, 2)' },
  }),
  atSizes(
    [
      ['1×64×64×3', picture(1, 64, 3)],
      ['1×512×512×3', picture(1, 512, 3)],
    ],
    {
      ...{
        op: 'resize ×2 bilinear',
        order: [0, 3, 1, 2],
        run: one((x) => convoke.resize(x, { scale: 2, mode: 'bilinear' })),
      },
      onnx: { operator: 'Resize', attributes: { mode: 'linear' }, constants: [null, { float32: [1, 1, 2, 2] }] },
      torch: 'F.interpolate(x0, scale_factor=2, mode="bilinear")',
    },
  ),
]

export const pooling: readonly OpCase[] = [...windows, ...sizes].flat()
