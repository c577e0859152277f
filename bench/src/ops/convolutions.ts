// Products of matrices, and convolutions as networks have them.

import * as convoke from 'convoke'
import { atSizes, channelsFirst, type OpCase, type OpInput, onPictures, picture, two } from './op-case.ts'

const square = (size: number): OpInput => ({ shape: [size, size] })

const products: OpCase[][] = [
  atSizes(
    [128, 512].map((size) => [`${size}²`, square(size), square(size)] as const),
    { op: 'matmul', run: two((a, b) => convoke.matmul(a, b)), onnx: { operator: 'MatMul' }, torch: 'x0 @ x1' },
  ),
  atSizes(
    [8, 64].map((batch) => [`${batch}×64²`, [batch, 64, 64], [batch, 64, 64]] as const),
    { op: 'matmul batched', run: two((a, b) => convoke.matmul(a, b)), onnx: { operator: 'MatMul' }, torch: 'x0 @ x1' },
  ),
  atSizes(
    [
      ['1×512 → 512', [1, 512], [512, 512]],
      ['1×2048 → 2048', [1, 2048], [2048, 2048]],
    ],
    { op: 'matmul of a row', run: two((a, b) => convoke.matmul(a, b)), onnx: { operator: 'MatMul' }, torch: 'x0 @ x1' },
  ),
  atSizes(
    [
      ['8×128×64', [8, 128, 64], [8, 128, 64]],
      ['96×128×64', [96, 128, 64], [96, 128, 64]],
    ],
    {
      ...{ op: 'einsum of heads', run: two((a, b) => convoke.einsum('bqd,bkd->bqk', a, b)) },
      ...{ onnx: { operator: 'Einsum', attributes: { equation: 'bqd,bkd->bqk' } } },
      torch: 'torch.einsum("bqd,bkd->bqk", x0, x1)',
    },
  ),
]

/** `[...kernel, in, out]`, which the peers hold as `[out, in, ...kernel]`. */
const filter = (...shape: readonly number[]): OpInput => {
  const rank = shape.length - 2
  return { shape, order: [rank + 1, rank, ...Array.from({ length: rank }, (_, axis) => axis)] }
}
/** `[...kernel, channels, 1]`, which the peers hold as `[channels, 1, ...kernel]`. */
const depthwise = (...shape: readonly number[]): OpInput => {
  const rank = shape.length - 2
  return { shape, order: [rank, rank + 1, ...Array.from({ length: rank }, (_, axis) => axis)] }
}

const padded = (rank: number): number[] => Array.from({ length: 2 * rank }, () => 1)

const planar: OpCase[][] = [
  ...[1, 2].map((stride) =>
    onPictures(
      {
        op: `conv2d 3×3 stride ${stride}`,
        run: two((x, f) => convoke.conv2d(x, f, { padding: 1, stride })),
        onnx: { operator: 'Conv', attributes: { pads: padded(2), strides: [stride, stride] } },
        torch: `F.conv2d(x0, x1, padding=1, stride=${stride})`,
      },
      [filter(3, 3, 64, 64)],
    ),
  ),
  onPictures(
    {
      ...{ op: 'conv2d 1×1', run: two((x, f) => convoke.conv2d(x, f)) },
      ...{ onnx: { operator: 'Conv' }, torch: 'F.conv2d(x0, x1)' },
    },
    [filter(1, 1, 64, 64)],
  ),
  onPictures(
    {
      op: 'conv 3×3 in 8 groups',
      run: two((x, f) => convoke.conv(x, f, { padding: 1, groups: 8 })),
      onnx: { operator: 'Conv', attributes: { pads: padded(2), group: 8 } },
      torch: 'F.conv2d(x0, x1, padding=1, groups=8)',
    },
    [filter(3, 3, 8, 64)],
  ),
  onPictures(
    {
      op: 'depthwiseConv2d 3×3',
      run: two((x, f) => convoke.depthwiseConv2d(x, f, { padding: 1 })),
      onnx: { operator: 'Conv', attributes: { pads: padded(2), group: 64 } },
      torch: 'F.conv2d(x0, x1, padding=1, groups=64)',
    },
    [depthwise(3, 3, 64, 1)],
  ),
  onPictures(
    {
      op: 'separableConv2d 3×3',
      run: ([x, f, p]) => convoke.separableConv2d(x, f, p, { padding: 1 }),
      torch: 'F.conv2d(F.conv2d(x0, x1, padding=1, groups=64), x2)',
    },
    [depthwise(3, 3, 64, 1), filter(1, 1, 64, 64)],
  ),
  onPictures(
    {
      op: 'convTranspose2d 2×2 stride 2',
      run: two((x, f) => convoke.convTranspose2d(x, f, { stride: 2 })),
      onnx: { operator: 'ConvTranspose', attributes: { strides: [2, 2] } },
      torch: 'F.conv_transpose2d(x0, x1, stride=2)',
    },
    // [..., out, in], which the peers hold as [in, out, ...].
    [filter(2, 2, 32, 64)],
  ),
  onPictures(
    {
      op: 'convTranspose 3×3',
      run: two((x, f) => convoke.convTranspose(x, f, { padding: 1 })),
      onnx: { operator: 'ConvTranspose', attributes: { pads: padded(2) } },
      torch: 'F.conv_transpose2d(x0, x1, padding=1)',
    },
    [filter(3, 3, 64, 64)],
  ),
  // Offsets of a tenth of a pixel and more: those of whole pixels have gradients on one side. PyTorch itself has no such op.
  (
    [
      [16, 1],
      [32, 4],
    ] as const
  ).map(([side, batch]) => ({
    ...{ op: 'deformConv2d 3×3', size: `${batch}×${side}²×64`, order: channelsFirst },
    inputs: [
      picture(batch, side, 64),
      filter(3, 3, 64, 64),
      { shape: [batch, side, side, 18], order: channelsFirst, filling: { from: 0.1, to: 0.9 } },
    ],
    run: ([x, f, offsets]) => convoke.deformConv2d(x, f, offsets, { padding: 1 }),
    onnx: { operator: 'DeformConv', attributes: { pads: padded(2), kernel_shape: [3, 3] } },
  })),
  ...(['unfold', 'fold'] as const).map((op) => windows(op)),
]

/** Windows of 3×3 as rows, channels last within each: PyTorch holds channels first there. */
function windows(op: 'unfold' | 'fold'): OpCase[] {
  return (
    [
      [16, 1],
      [56, 4],
    ] as const
  ).map(([side, batch]) => {
    const [size, places] = [`${batch}×${side}²×32`, side * side]
    const rows = { shape: [batch, side, side, 9 * 32] }
    const shape = [batch, side, side, 32]
    return op === 'unfold'
      ? {
          ...{ op: 'unfold 3×3', size, inputs: [picture(batch, side, 32)] },
          run: ([x]) => convoke.unfold(x, 3, { padding: 1 }),
          torch: `F.unfold(x0, 3, padding=1).reshape(${batch}, 32, 9, ${places}).permute(0, 3, 2, 1)`,
        }
      : {
          ...{ op: 'fold 3×3', size, inputs: [rows], order: channelsFirst },
          run: ([x]) => convoke.fold(x, shape, 3, { padding: 1 }),
          torch: `F.fold(x0.reshape(${batch}, ${places}, 9, 32).permute(0, 3, 2, 1).reshape(${batch}, 288, ${places}), (${side}, ${side}), 3, padding=1)`,
        }
  })
}

const line = (batch: number, length: number, channels: number): OpInput => ({
  ...{ shape: [batch, length, channels], order: [0, 2, 1] },
})
const volume = (batch: number, side: number, channels: number): OpInput => ({
  ...{ shape: [batch, side, side, side, channels], order: [0, 4, 1, 2, 3] },
})
const lines = [
  ['1×256×64', line(1, 256, 64)],
  ['8×1024×64', line(8, 1024, 64)],
] as const
const volumes = [
  ['1×8³×32', volume(1, 8, 32)],
  ['2×24³×32', volume(2, 24, 32)],
] as const

const otherRanks: OpCase[][] = [
  atSizes(
    lines.map(([size, x]) => [size, x, filter(3, 64, 64)] as const),
    {
      ...{ op: 'conv1d 3', order: [0, 2, 1], run: two((x, f) => convoke.conv1d(x, f, { padding: 1 })) },
      onnx: { operator: 'Conv', attributes: { pads: padded(1) } },
      torch: 'F.conv1d(x0, x1, padding=1)',
    },
  ),
  atSizes(
    lines.map(([size, x]) => [size, x, depthwise(3, 64, 1)] as const),
    {
      ...{ op: 'depthwiseConv1d 3', order: [0, 2, 1] },
      run: two((x, f) => convoke.depthwiseConv1d(x, f, { padding: 1 })),
      onnx: { operator: 'Conv', attributes: { pads: padded(1), group: 64 } },
      torch: 'F.conv1d(x0, x1, padding=1, groups=64)',
    },
  ),
  atSizes(
    lines.map(([size, x]) => [size, x, filter(4, 64, 64)] as const),
    {
      ...{ op: 'convTranspose1d 4 stride 2', order: [0, 2, 1] },
      run: two((x, f) => convoke.convTranspose1d(x, f, { stride: 2, padding: 1 })),
      onnx: { operator: 'ConvTranspose', attributes: { pads: padded(1), strides: [2] } },
      torch: 'F.conv_transpose1d(x0, x1, stride=2, padding=1)',
    },
  ),
  atSizes(
    volumes.map(([size, x]) => [size, x, filter(3, 3, 3, 32, 32)] as const),
    {
      ...{ op: 'conv3d 3×3×3', order: [0, 4, 1, 2, 3], run: two((x, f) => convoke.conv3d(x, f, { padding: 1 })) },
      onnx: { operator: 'Conv', attributes: { pads: padded(3) } },
      torch: 'F.conv3d(x0, x1, padding=1)',
    },
  ),
  atSizes(
    volumes.map(([size, x]) => [size, x, depthwise(3, 3, 3, 32, 1)] as const),
    {
      ...{ op: 'depthwiseConv3d 3×3×3', order: [0, 4, 1, 2, 3] },
      run: two((x, f) => convoke.depthwiseConv3d(x, f, { padding: 1 })),
      onnx: { operator: 'Conv', attributes: { pads: padded(3), group: 32 } },
      torch: 'F.conv3d(x0, x1, padding=1, groups=32)',
    },
  ),
  atSizes(
    volumes.map(([size, x]) => [size, x, filter(2, 2, 2, 32, 32)] as const),
    {
      ...{ op: 'convTranspose3d 2×2×2 stride 2', order: [0, 4, 1, 2, 3] },
      run: two((x, f) => convoke.convTranspose3d(x, f, { stride: 2 })),
      onnx: { operator: 'ConvTranspose', attributes: { strides: [2, 2, 2] } },
      torch: 'F.conv_transpose3d(x0, x1, stride=2)',
    },
  ),
]

export const convolutions: readonly OpCase[] = [...products, ...planar, ...otherRanks].flat()
