import { describe, expect, it } from 'vitest'
import { whileWatching } from '../autodiff/primitive.ts'
import { withBackend } from '../backends/current.ts'
import { createDryBackend } from '../backends/dry/index.ts'
import {
  add,
  averagePool,
  concat,
  conv2d,
  convTranspose2d,
  gradients,
  multiply,
  ones,
  pad,
  resize,
  scope,
  slice,
  sum,
  type Tensor,
  tensor,
  withoutGradients,
} from '../index.ts'
import { type SeenPart, seenFrom, traceFields } from './fields.ts'

const [height, width] = [12, 11]

/** Positive weights alone: the gradient is not 0 exactly where the output depends on an input. */
const window = (x: Tensor, rows: number, columns: number, options: object = {}): Tensor =>
  conv2d(x, ones([rows, columns, x.shape[3], 1]), { padding: 'same', precision: 'exact', ...options })

const networks: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  'a path around two convolutions': (x) => add(x, window(window(x, 3, 3), 3, 3)),
  'paths that see a row and a column': (x) => concat([window(x, 1, 7), window(x, 5, 1)], -1),
  'a dilated path beside a plain one, then another window': (x) =>
    window(add(window(x, 3, 3, { dilation: 3 }), window(x, 3, 3)), 2, 2),
  'padding by itself, before a convolution without any': (x) =>
    conv2d(
      pad(x, [
        [0, 0],
        [2, 1],
        [1, 3],
        [0, 0],
      ]),
      ones([4, 5, 1, 1]),
      { stride: 2, precision: 'exact' },
    ),
  'a part that is cut out': (x) => window(slice(x, [null, { start: 3, stop: 9 }, { start: 2, stop: 11 }]), 3, 3),
  'every other pixel': (x) => window(slice(x, [null, { step: 2 }, { start: 1, step: 2 }]), 3, 3),
  'down and up again, beside what was': (x) => {
    const low = averagePool(window(x, 3, 3), 2, { ceil: true })
    const up = slice(convTranspose2d(low, ones([2, 2, 1, 1]), { stride: 2 }), [null, null, { stop: width }])
    return window(concat([up, x], -1), 3, 3)
  },
  'a picture made larger': (x) => window(resize(x, { scale: 2 }), 3, 3),
}

function seen(network: (x: Tensor) => Tensor, position: readonly number[]): readonly SeenPart[] {
  const fields = traceFields()
  let parts: readonly SeenPart[] = []
  withBackend(createDryBackend(), () =>
    withoutGradients(() =>
      scope(() => {
        const x = ones([1, height, width, 1])
        fields.begin(x.storage.buffer, [height, width], 1)
        const y = whileWatching(fields.follow, () => network(x))
        parts = seenFrom(fields.known(y.storage.buffer))!(position)
      }),
    ),
  )
  return parts
}

describe('seenFrom', () => {
  it.each(Object.entries(networks))('names exactly the inputs with a gradient: %s', (_, network) => {
    const x = tensor(new Float32Array(height * width).fill(1), { shape: [1, height, width, 1] })
    const [, rows, columns, channels] = network(x).shape
    for (const position of [
      [0, 0],
      [Math.floor(rows / 2), Math.floor(columns / 3)],
      [rows - 1, columns - 1],
    ]) {
      const mask = new Float32Array(rows * columns * channels)
      mask.fill(
        1,
        (position[0] * columns + position[1]) * channels,
        (position[0] * columns + position[1] + 1) * channels,
      )
      const [gradient] = gradients(() => {
        const y = network(x)
        return sum(multiply(y, tensor(mask, { shape: y.shape })))
      }, [x])
      const values = gradient.dataSync()
      const wanted = [...values.keys()].filter((i) => values[i] > 0)
      const found = new Set(
        seen(network, position).flatMap(([down, along]) =>
          down.flatMap((row) => along.map((column) => row * width + column)),
        ),
      )
      expect(
        [...found].sort((a, b) => a - b),
        String(position),
      ).toEqual(wanted)
    }
  })

  it('keeps parts apart where paths see different places, and leaves out what lies in another', () => {
    expect(seen(networks['paths that see a row and a column'], [6, 5])).toEqual([
      [[4, 5, 6, 7, 8], [5]],
      [[6], [2, 3, 4, 5, 6, 7, 8]],
    ])
    expect(seen(networks['a path around two convolutions'], [6, 5])).toHaveLength(1)
  })
})
