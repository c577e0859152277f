// Normalisations as networks have them.

import * as convoke from 'convoke'
import { atSizes, type OpCase, type OpInput, onPictures } from './op-case.ts'

const tokens = [
  ['32×512', [32, 512], [512], [512]],
  ['8×128×512', [8, 128, 512], [512], [512]],
] as const

const channels: OpInput = { shape: [64] }
const positive: OpInput = { shape: [64], filling: 'positive' }

export const normalizations: readonly OpCase[] = [
  atSizes(tokens, {
    op: 'layerNorm',
    run: ([x, scale, bias]) => convoke.layerNorm(x, { scale, bias }),
    ...{ onnx: { operator: 'LayerNormalization' }, torch: 'F.layer_norm(x0, [512], x1, x2)' },
  }),
  atSizes(
    tokens.map(([size, shape, scale]) => [size, shape, scale] as const),
    {
      op: 'rmsNorm',
      run: ([x, scale]) => convoke.rmsNorm(x, { scale }),
      torch: 'F.rms_norm(x0, [512], x1, 1e-5)',
    },
  ),
  onPictures(
    {
      op: 'groupNorm 8',
      run: ([x, scale, bias]) => convoke.groupNorm(x, 8, { scale, bias }),
      onnx: { operator: 'GroupNormalization', attributes: { num_groups: 8 } },
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
  onPictures(
    {
      op: 'batchNorm prediction',
      run: ([x, scale, bias, mean, variance]) => convoke.batchNorm(x, { scale, bias, mean, variance }),
      onnx: { operator: 'BatchNormalization' },
      ...{ torch: 'F.batch_norm(x0, x3, x4, x1, x2, False)', backward: false },
    },
    [channels, channels, channels, positive],
  ),
  onPictures({
    ...{ op: 'batchStatistics', order: [0], torch: 'torch.var_mean(x0, (0, 2, 3), correction=0)[0]' },
    run: ([x]) => convoke.batchStatistics(x).variance,
  }),
  onPictures({
    op: 'localResponseNorm',
    run: ([x]) => convoke.localResponseNorm(x, { size: 5 }),
    onnx: { operator: 'LRN', attributes: { size: 5 } },
    torch: 'F.local_response_norm(x0, 5)',
  }),
].flat()
