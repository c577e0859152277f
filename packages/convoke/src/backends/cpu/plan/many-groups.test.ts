import { expect, it } from 'vitest'
import { valueAndGradients } from '../../../autodiff/index.ts'
import { concat, conv1d, slice, square, sum } from '../../../ops/index.ts'
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
