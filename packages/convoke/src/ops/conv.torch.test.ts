// 120 convolutions and transposed convolutions computed by PyTorch in float64 (test/fixtures/torch-convolution.json).

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import { conv, convTranspose, multiply, sum, toChannelsFirst, toChannelsLast, transpose } from './index.ts'

interface TorchCase {
  readonly rank: number
  readonly transposed: boolean
  readonly groups: number
  readonly stride: number[]
  readonly dilation: number[]
  readonly padding: [number, number][]
  readonly outputPadding?: number[]
  readonly inputShape: number[]
  readonly input: number[]
  readonly weightShape: number[]
  readonly weight: number[]
  readonly bias: number[] | null
  readonly outputShape: number[]
  readonly output: number[]
  readonly outputGradient: number[]
  readonly inputGradient: number[]
  readonly weightGradient: number[]
  readonly biasGradient: number[] | null
}

const fixture = new URL('../../test/fixtures/torch-convolution.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: TorchCase[] }

/** PyTorch's [out, in / groups, ...kernel] (transposed: [in, out / groups, ...kernel]) to [...kernel, second, first]. */
const filterOrder = (rank: number): number[] => [...Array.from({ length: rank }, (_, axis) => axis + 2), 1, 0]
const torchOrder = (rank: number): number[] => [rank + 1, rank, ...Array.from({ length: rank }, (_, axis) => axis)]

function largestRelativeError(actual: Tensor, expected: readonly number[]): number {
  const values = actual.dataSync()
  expect(values.length).toBe(expected.length)
  const scale = Math.max(1e-3, ...expected.map(Math.abs))
  return Math.max(...expected.map((value, i) => Math.abs(values[i] - value))) / scale
}

describe.each(availableBackends())('PyTorch conformance on %s', (backend) => {
  it.each(cases.map((entry, index) => [index, entry] as const))(
    'case %i agrees in value and every gradient',
    (_, entry) =>
      onBackend(backend, () => {
        const x = toChannelsLast(tensor(entry.input, { shape: entry.inputShape }))
        const filter = transpose(tensor(entry.weight, { shape: entry.weightShape }), filterOrder(entry.rank))
        const bias = entry.bias === null ? undefined : tensor(entry.bias)
        const seed = toChannelsLast(tensor(entry.outputGradient, { shape: entry.outputShape }))
        const { stride, dilation, padding, groups } = entry
        const run = (): Tensor =>
          entry.transposed
            ? convTranspose(x, filter, {
                stride,
                dilation,
                padding,
                groups,
                bias,
                outputPadding: entry.outputPadding ?? 0,
              })
            : conv(x, filter, { stride, dilation, padding, groups, bias })
        expect(largestRelativeError(toChannelsFirst(run()), entry.output)).toBeLessThan(1e-5)
        const wanted = bias === undefined ? [x, filter] : [x, filter, bias]
        const { gradients } = valueAndGradients(() => sum(multiply(run(), seed)), wanted)
        expect(largestRelativeError(toChannelsFirst(gradients[0]), entry.inputGradient)).toBeLessThan(1e-5)
        const weightGradient = transpose(gradients[1], torchOrder(entry.rank))
        expect(largestRelativeError(weightGradient, entry.weightGradient)).toBeLessThan(1e-5)
        if (entry.biasGradient !== null)
          expect(largestRelativeError(gradients[2], entry.biasGradient)).toBeLessThan(1e-5)
      }),
  )
})

it('covers 120 cases of rank 1 to 3, plain and transposed', () => {
  expect(cases).toHaveLength(120)
  expect(new Set(cases.map(({ rank, transposed }) => `${rank}${transposed}`)).size).toBe(6)
})
