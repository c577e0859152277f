// What moves numbers without changing them.

import * as convoke from 'convoke'
import { atSizes, type OpCase, one, onPictures, squares, two } from './op-case.ts'

const pairs = [
  ['2 of 100²', [100, 100], [100, 100]],
  ['2 of 1000²', [1000, 1000], [1000, 1000]],
] as const

const frame: [number, number][] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
]

const onPicture: OpCase[][] = [
  onPictures({
    ...{ op: 'pad 1', run: one((x) => convoke.pad(x, frame)), torch: 'F.pad(x0, (1, 1, 1, 1))' },
    onnx: { operator: 'Pad', constants: [{ int64: [0, 0, 1, 1, 0, 0, 1, 1] }] },
  }),
  onPictures({
    op: 'pad 1 reflect',
    run: one((x) => convoke.pad(x, frame, { mode: 'mirror' })),
    torch: 'F.pad(x0, (1, 1, 1, 1), mode="reflect")',
    onnx: {
      ...{ operator: 'Pad', attributes: { mode: 'reflect' } },
      constants: [{ int64: [0, 0, 1, 1, 0, 0, 1, 1] }],
    },
  }),
]

const planes: OpCase[][] = [
  atSizes(
    [
      ['128²×3', [128, 128, 3]],
      ['1024²×3', [1024, 1024, 3]],
    ],
    { op: 'toPlanes', run: one(convoke.toPlanes), torch: 'x0.permute(2, 0, 1).contiguous()' },
  ),
  atSizes(
    [
      ['3×128²', [3, 128, 128]],
      ['3×1024²', [3, 1024, 1024]],
    ],
    { op: 'fromPlanes', run: one((x) => convoke.fromPlanes(x)), torch: 'x0.permute(1, 2, 0).contiguous()' },
  ),
  atSizes(
    [
      ['128²×64', [1, 128, 128, 64]],
      ['8×56²×64', [8, 56, 56, 64]],
    ],
    {
      ...{ op: 'toChannelsFirst', run: one(convoke.toChannelsFirst) },
      ...{ onnx: { operator: 'Transpose', attributes: { perm: [0, 3, 1, 2] } } },
      torch: 'x0.permute(0, 3, 1, 2).contiguous()',
    },
  ),
  atSizes(
    [
      ['64×128²', [1, 64, 128, 128]],
      ['8×64×56²', [8, 64, 56, 56]],
    ],
    {
      ...{ op: 'toChannelsLast', run: one(convoke.toChannelsLast) },
      ...{ onnx: { operator: 'Transpose', attributes: { perm: [0, 2, 3, 1] } } },
      torch: 'x0.permute(0, 2, 3, 1).contiguous()',
    },
  ),
]

const matrices: OpCase[][] = [
  atSizes(squares, {
    ...{ op: 'transpose', run: one((x) => convoke.transpose(x)) },
    ...{ onnx: { operator: 'Transpose', attributes: { perm: [1, 0] } }, torch: 'x0.t().contiguous()' },
  }),
  atSizes(
    [
      ['8×12×128×64', [8, 128, 12, 64]],
      ['8×12×512×64', [8, 512, 12, 64]],
    ],
    {
      ...{ op: 'transpose of heads', run: one((x) => convoke.transpose(x, [0, 2, 1, 3])) },
      ...{ onnx: { operator: 'Transpose', attributes: { perm: [0, 2, 1, 3] } } },
      torch: 'x0.transpose(1, 2).contiguous()',
    },
  ),
  ...([0, 1] as const).flatMap((axis) => [
    atSizes(pairs, {
      ...{ op: `concat axis ${axis}`, run: two((a, b) => convoke.concat([a, b], axis)) },
      ...{ onnx: { operator: 'Concat', attributes: { axis } }, torch: `torch.cat([x0, x1], ${axis})` },
    }),
    atSizes(squares, {
      ...{ op: `flip axis ${axis}`, run: one((x) => convoke.flip(x, axis)), torch: `torch.flip(x0, [${axis}])` },
    }),
  ]),
  atSizes(pairs, {
    ...{ op: 'stack last', run: two((a, b) => convoke.stack([a, b], 2)), torch: 'torch.stack([x0, x1], 2)' },
  }),
  // The second of four; the peers make copies of all as well.
  atSizes(squares, {
    ...{ op: 'split in 4', run: one((x) => convoke.split(x, 4, 1)[1]) },
    torch: '[part.contiguous() for part in torch.tensor_split(x0, 4, 1)][1]',
    onnx: {
      ...{ operator: 'Split', attributes: { axis: 1, num_outputs: 4 } },
      outputs: ['float32', 'float32', 'float32', 'float32'],
      result: 1,
    },
  }),
  [100, 1000].map((side) => ({
    ...{ op: 'slice half', size: `${side}²`, inputs: [{ shape: [side, side] }] },
    run: one((x) => convoke.slice(x, [null, { start: side / 4, stop: (3 * side) / 4 }])),
    onnx: { operator: 'Slice', constants: [{ int64: [side / 4] }, { int64: [(3 * side) / 4] }, { int64: [1] }] },
    torch: `x0[:, ${side / 4}:${(3 * side) / 4}].contiguous()`,
  })),
  [100, 1000].map((side) => ({
    ...{ op: 'slice every other', size: `${side}²`, inputs: [{ shape: [side, side] }] },
    run: one((x) => convoke.slice(x, [null, { step: 2 }])),
    onnx: {
      operator: 'Slice',
      constants: [{ int64: [0] }, { int64: [side] }, { int64: [1] }, { int64: [2] }],
    },
    torch: 'x0[:, ::2].contiguous()',
  })),
  atSizes(
    [
      ['2×2 of 50²', [50, 50]],
      ['2×2 of 500²', [500, 500]],
    ],
    {
      ...{ op: 'tile', run: one((x) => convoke.tile(x, [2, 2])), torch: 'x0.repeat(2, 2)' },
      onnx: { operator: 'Tile', constants: [{ int64: [2, 2] }] },
    },
  ),
]

export const movement: readonly OpCase[] = [...onPicture, ...planes, ...matrices].flat()
