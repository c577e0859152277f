// What layers of networks are made of: products, normalisations, pooling, resizing, movement, convolutions. Peers hold
// activations channels first.

import type { Tensor } from 'convoke'
import * as convoke from 'convoke'
import type { OpCase, OpInput } from './op-case.ts'

/** `[batch, height, width, channels]`, channels first for the peers. */
const picture = (batch: number, side: number, channels: number): OpInput => ({
  shape: [batch, side, side, channels],
  peer: [batch, channels, side, side],
})
const pictures = [
  ['1×16×16×64', picture(1, 16, 64)],
  ['8×56×56×64', picture(8, 56, 64)],
] as const

const onPictures = (rest: Omit<OpCase, 'size' | 'inputs'>, more: readonly OpInput[] = []): OpCase[] =>
  pictures.map(([size, input]) => ({ ...rest, size, inputs: [input, ...more] }))

const one =
  (run: (x: Tensor) => Tensor) =>
  ([x]: readonly Tensor[]) =>
    run(x)

const channels: OpInput = { shape: [64] }

const square = (size: number): OpInput => ({ shape: [size, size] })

const products: OpCase[] = [64, 128, 512].map((size) => ({
  ...{ op: 'matmul', size: `${size}²`, inputs: [square(size), square(size)], run: ([a, b]) => convoke.matmul(a, b) },
  ...{ onnx: { operator: 'MatMul' }, torch: 'x0 @ x1' },
}))
const batched: OpCase[] = [8, 64].map((batch) => {
  const input = { shape: [batch, 64, 64] }
  return {
    ...{ op: 'batched matmul', size: `${batch}×64²`, inputs: [input, input], run: ([a, b]) => convoke.matmul(a, b) },
    ...{ onnx: { operator: 'MatMul' }, torch: 'x0 @ x1' },
  }
})

const normalizations: OpCase[][] = [
  [
    ['16×512', [16, 512]],
    ['8×128×512', [8, 128, 512]],
  ].map(([size, shape]) => ({
    ...{ op: 'layerNorm', size: size as string },
    inputs: [{ shape: shape as number[] }, { shape: [512] }, { shape: [512] }],
    run: ([x, scale, bias]) => convoke.layerNorm(x, { scale, bias }),
    ...{ onnx: { operator: 'LayerNormalization' }, torch: 'F.layer_norm(x0, [512], x1, x2)' },
  })),
  [
    ['16×512', [16, 512]],
    ['8×128×512', [8, 128, 512]],
  ].map(([size, shape]) => ({
    ...{ op: 'rmsNorm', size: size as string },
    inputs: [{ shape: shape as number[] }, { shape: [512] }],
    run: ([x, scale]) => convoke.rmsNorm(x, { scale }),
    torch: 'F.rms_norm(x0, [512], x1)',
  })),
  onPictures(
    {
      op: 'groupNorm 8',
      run: ([x, scale, bias]) => convoke.groupNorm(x, 8, { scale, bias }),
      torch: 'F.group_norm(x0, 8, x1, x2)',
    },
    [channels, channels],
  ),
  onPictures(
    {
      op: 'instanceNorm',
      run: ([x, scale, bias]) => convoke.instanceNorm(x, { scale, bias }),
      onnx: { operator: 'InstanceNormalization' },
      torch: 'F.instance_norm(x0, weight=x1, bias=x2)',
    },
    [channels, channels],
  ),
  onPictures(
    {
      op: 'batchNorm training',
      run: ([x, scale, bias]) => convoke.batchNorm(x, { scale, bias }),
      torch: 'F.batch_norm(x0, None, None, x1, x2, True)',
    },
    [channels, channels],
  ),
  onPictures({
    op: 'localResponseNorm',
    run: one((x) => convoke.localResponseNorm(x, { size: 5 })),
    onnx: { operator: 'LRN', attributes: { size: 5 } },
    torch: 'F.local_response_norm(x0, 5)',
  }),
]

const window = { kernel_shape: [2, 2], strides: [2, 2] }

const pooling: OpCase[][] = [
  onPictures({
    op: 'maxPool 2',
    run: one((x) => convoke.maxPool(x, 2)),
    onnx: { operator: 'MaxPool', attributes: window },
    torch: 'F.max_pool2d(x0, 2)',
  }),
  onPictures({
    op: 'averagePool 2',
    run: one((x) => convoke.averagePool(x, 2)),
    onnx: { operator: 'AveragePool', attributes: window },
    torch: 'F.avg_pool2d(x0, 2)',
  }),
  onPictures({
    op: 'globalAveragePool',
    run: one((x) => convoke.globalAveragePool(x)),
    onnx: { operator: 'GlobalAveragePool' },
    torch: 'F.adaptive_avg_pool2d(x0, 1)',
  }),
  ...(['nearest', 'bilinear'] as const).map((mode) =>
    onPictures({
      op: `resize ×2 ${mode}`,
      run: one((x) => convoke.resize(x, { scale: 2, mode })),
      onnx: {
        operator: 'Resize',
        attributes: { mode: mode === 'nearest' ? 'nearest' : 'linear' },
        constants: [null, { float32: [1, 1, 2, 2] }],
      },
      torch: `F.interpolate(x0, scale_factor=2, mode="${mode}")`,
    }),
  ),
  onPictures({ op: 'pixelShuffle 2', run: one((x) => convoke.pixelShuffle(x, 2)), torch: 'F.pixel_shuffle(x0, 2)' }),
]

const movement: OpCase[][] = [
  onPictures({
    op: 'toChannelsFirst',
    run: one(convoke.toChannelsFirst),
    onnx: { operator: 'Transpose', attributes: { perm: [0, 2, 3, 1] } },
    torch: 'x0.permute(0, 2, 3, 1).contiguous()',
  }),
  onPictures({
    op: 'pad 1',
    run: one((x) =>
      convoke.pad(x, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    ),
    onnx: { operator: 'Pad', constants: [{ int64: [0, 0, 1, 1, 0, 0, 1, 1] }] },
    torch: 'F.pad(x0, (1, 1, 1, 1))',
  }),
  [100, 1000].map((side) => ({
    ...{ op: 'transpose', size: `${side}×${side}`, inputs: [square(side)], run: one((x) => convoke.transpose(x)) },
    ...{ onnx: { operator: 'Transpose' }, torch: 'x0.t().contiguous()' },
  })),
  [100, 1000].map((side) => ({
    ...{ op: 'concat', size: `2 of ${side}×${side}`, inputs: [square(side), square(side)] },
    run: ([a, b]) => convoke.concat([a, b], 1),
    ...{ onnx: { operator: 'Concat', attributes: { axis: 1 } }, torch: 'torch.cat([x0, x1], 1)' },
  })),
  [100, 1000].map((side) => ({
    ...{ op: 'flip', size: `${side}×${side}`, inputs: [square(side)], run: one((x) => convoke.flip(x, 1)) },
    torch: 'torch.flip(x0, [1])',
  })),
  [100, 1000].map((side) => ({
    ...{ op: 'slice half', size: `${side}×${side}`, inputs: [square(side)] },
    run: one((x) => convoke.slice(x, [null, { start: side / 4, stop: (3 * side) / 4 }])),
    onnx: { operator: 'Slice', constants: [{ int64: [side / 4] }, { int64: [(3 * side) / 4] }, { int64: [1] }] },
    torch: `x0[:, ${side / 4}:${(3 * side) / 4}].contiguous()`,
  })),
]

const filter = (side: number, inputs: number, outputs: number): OpInput => ({
  shape: [side, side, inputs, outputs],
  peer: [outputs, inputs, side, side],
})

const convolutions: OpCase[][] = [
  pictures.map(([size, input]) => ({
    ...{ op: 'conv2d 3×3', size, inputs: [input, filter(3, 64, 64)], torch: 'F.conv2d(x0, x1, padding=1)' },
    run: ([x, f]) => convoke.conv2d(x, f, { padding: 1 }),
    onnx: { operator: 'Conv', attributes: { pads: [1, 1, 1, 1] } },
  })),
  pictures.map(([size, input]) => ({
    ...{ op: 'depthwiseConv2d 3×3', size, torch: 'F.conv2d(x0, x1, padding=1, groups=64)' },
    inputs: [input, { shape: [3, 3, 64, 1], peer: [64, 1, 3, 3] }],
    run: ([x, f]) => convoke.depthwiseConv2d(x, f, { padding: 1 }),
    onnx: { operator: 'Conv', attributes: { pads: [1, 1, 1, 1], group: 64 } },
  })),
  pictures.map(([size, input]) => ({
    ...{ op: 'convTranspose2d 2×2 s2', size, torch: 'F.conv_transpose2d(x0, x1, stride=2)' },
    inputs: [input, { shape: [2, 2, 32, 64], peer: [64, 32, 2, 2] }],
    run: ([x, f]) => convoke.convTranspose2d(x, f, { stride: 2 }),
    onnx: { operator: 'ConvTranspose', attributes: { strides: [2, 2] } },
  })),
]

export const networkOps: readonly OpCase[] = [
  ...[products, batched],
  ...[...normalizations, ...pooling, ...movement, ...convolutions],
].flat()
