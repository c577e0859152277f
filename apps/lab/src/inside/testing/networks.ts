// Networks of other kinds than the one that stands ready, as files. For tests.

import { add, clip, concat, models, nn, relu, type Tensor } from 'convoke'
import { encodeOnnx, exportOnnx } from 'convoke/graph'
import type { Source } from '../task.ts'

const fileOf = (
  model: nn.Module,
  shape: readonly number[],
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> => new Uint8Array(encodeOnnx(exportOnnx(model.eval(), shape as never, { metadata })))

/** Three channels in, stride, dilation, groups, one-sided padding, a sum of two branches, means of windows and of maps. */
export const branched = (): Uint8Array<ArrayBuffer> => {
  const parts = {
    stem: nn.Conv2d({
      in: 3,
      out: 8,
      kernel: 3,
      stride: 2,
      padding: [
        [0, 1],
        [1, 0],
      ],
    }),
    norm: nn.BatchNorm({ channels: 8 }),
    wide: nn.Conv2d({ in: 8, out: 8, kernel: 3, padding: 'same', dilation: 2, groups: 4 }),
    pool: nn.AveragePool({ kernel: 2 }),
    mean: nn.GlobalAveragePool(),
    head: nn.Linear({ in: 8, out: 4 }),
  }
  const model = nn.defineModule({
    kind: 'Branched',
    children: parts,
    forward:
      ({ children: c }) =>
      (x: Tensor): Tensor => {
        const y = clip(relu(c.norm(c.stem(x))), 0, 1.5)
        return c.head(c.mean(c.pool(add(c.wide(y), y))))
      },
  })
  return fileOf(model.initialize(5), [1, 20, 24, 3], {
    'convoke.preprocessing': JSON.stringify({
      ...{ size: [20, 24], mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.5], range: 1 },
      labels: ['ant', 'bee', 'cat', 'dog'],
    }),
  })
}

/** A smaller map made larger by a transposed convolution in groups, and laid beside the larger one. */
export const upward = (): Uint8Array<ArrayBuffer> => {
  const parts = {
    down: nn.Conv2d({ in: 3, out: 4, kernel: 3, padding: 'same' }),
    pool: nn.MaxPool({ kernel: 2 }),
    up: nn.ConvTranspose2d({ in: 4, out: 4, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    head: nn.Conv2d({ in: 8, out: 2, kernel: 1 }),
  }
  const model = nn.defineModule({
    kind: 'Upward',
    children: parts,
    forward:
      ({ children: c }) =>
      (x: Tensor): Tensor => {
        const y = c.down(x)
        return c.head(concat([y, c.up(c.pool(y))], -1))
      },
  })
  return fileOf(model.initialize(7), [1, 12, 10, 3])
}

/** Convolution, then attention between the places of its map, in two heads. */
export const attentive = (): Uint8Array<ArrayBuffer> =>
  fileOf(
    models.CCT({ picture: 12, layers: 1, size: 8, heads: 2, channels: 1, classes: 3 }).initialize(4),
    [1, 12, 12, 1],
  )

/** LeNet-5: sigmoids or hyperbolic tangents, a layer of 120 and one of 84 numbers. */
export const lenet = (): Uint8Array<ArrayBuffer> => fileOf(models.LeNet5().initialize(3), [1, 28, 28, 1])

/** Pictures into pictures: nothing that tells classes apart. */
export const pictures = (): Uint8Array<ArrayBuffer> =>
  fileOf(nn.Sequential(nn.Conv2d({ in: 3, out: 3, kernel: 3, padding: 'same' })).initialize(1), [1, 16, 16, 3])

export const dropped = (bytes: Uint8Array<ArrayBuffer>, name = 'net.onnx'): Source => ({
  kind: 'files',
  files: [{ name, bytes }],
})
