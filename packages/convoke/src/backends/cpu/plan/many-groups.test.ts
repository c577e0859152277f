import { expect, it } from 'vitest'
import { valueAndGradients } from '../../../autodiff/index.ts'
import { concat, conv1d, depthwiseConv1d, slice, square, sum } from '../../../ops/index.ts'
import { randomUniform, type Tensor } from '../../../tensor/index.ts'
import { heapHeldBy } from '../../../testing/live-heap.ts'
import { useBackend } from '../../current.ts'

it.each(['native', 'wasm'])(
  'convolves very many groups as half as many twice, in little of the heap, on %s',
  async (backend) => {
    await useBackend(backend)
    const groups = 70_000
    const x = randomUniform([1, 4, 2 * groups], { seed: 1 })
    const filter = randomUniform([2, 2, 3 * groups], { seed: 2 })
    const ofAll = (): Tensor => conv1d(x, filter, { groups })
    const half = (at: number): Tensor =>
      conv1d(
        slice(x, [null, null, { start: at * groups, stop: (at + 1) * groups }]),
        slice(filter, [null, null, { start: 1.5 * at * groups, stop: 1.5 * (at + 1) * groups }]),
        { groups: groups / 2 },
      )
    const differentiated = (y: () => Tensor) => valueAndGradients(() => sum(square(y())), [x, filter])
    const { result, bytes } = heapHeldBy(() => differentiated(ofAll))
    const halves = differentiated(() => concat([half(0), half(1)], -1))
    expect(bytes).toBeLessThan(8 * 2 ** 20)
    result.gradients.forEach((gradient, i) => {
      const [own, expected] = [gradient.dataSync(), halves.gradients[i].dataSync()]
      expect(own.findIndex((value, at) => Math.abs(value - expected[at]) > 1e-5)).toBe(-1)
    })
  },
)

it.each(['native', 'wasm'])(
  'slides very many taps of each channel over one window or two, in little of the heap, on %s',
  async (backend) => {
    await useBackend(backend)
    const [taps, channels] = [300_000, 2]
    const filter = randomUniform([taps, channels, 1], { seed: 2 })
    for (const outputs of [1, 2]) {
      const x = randomUniform([1, taps + outputs - 1, channels], { seed: 1 })
      const { result, bytes } = heapHeldBy(() =>
        valueAndGradients(() => sum(square(depthwiseConv1d(x, filter))), [x, filter]),
      )
      expect(bytes).toBeLessThan(8 * 2 ** 20)
      const [signal, weights] = [x.dataSync(), filter.dataSync()]
      const y = Float64Array.from({ length: outputs * channels }, (_, at) => {
        const [first, channel] = [Math.floor(at / channels), at % channels]
        let total = 0
        for (let tap = 0; tap < taps; tap++)
          total += signal[(first + tap) * channels + channel] * weights[tap * channels + channel]
        return total
      })
      expect(result.value.dataSync()[0] / y.reduce((total, one) => total + one * one, 0)).toBeCloseTo(1, 5)
      const [inX, inFilter] = result.gradients.map((gradient) => gradient.dataSync())
      for (const at of [0, 1, 2, 1000, 2 * taps - 1]) {
        const [position, channel] = [Math.floor(at / channels), at % channels]
        let [wantedX, wantedFilter] = [0, 0]
        for (let first = 0; first < outputs; first++) {
          const slope = 2 * y[first * channels + channel]
          const tap = position - first
          if (tap >= 0 && tap < taps) wantedX += slope * weights[tap * channels + channel]
          wantedFilter += slope * signal[(first + position) * channels + channel]
        }
        expect(inX[at] / wantedX).toBeCloseTo(1, 4)
        expect(inFilter[at] / wantedFilter).toBeCloseTo(1, 4)
      }
    }
  },
)
