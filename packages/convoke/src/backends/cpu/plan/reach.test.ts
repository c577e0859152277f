import { expect, test } from 'vitest'
import { convShapes, convSpec } from '../../../shapes/conv-spec.ts'
import { poolSpec } from '../../../shapes/pool-spec.ts'
import * as kernels from '../../kernels/index.ts'
import { targets } from '../program/index.ts'
import { planCandidates, planKernel } from './index.ts'

const floats = (shape: readonly number[]) =>
  ({ dtype: 'float32', length: shape.reduce((size, length) => size * length, 1) }) as const

test.each(targets)('on $name tensors of 2 GiB and more go by kernels whose tables reach them', (target) => {
  const runtime = { target, threads: () => 2, name: 'native' } as const
  const conv = convSpec('conv', [1, 16384, 1024, 32], [3, 3, 32, 1], {})
  const { input, filter, output } = convShapes(conv)
  const [x, f, y] = [input, filter, output].map(floats)
  const spec = { conv, epilogue: null, precision: 'fast' } as const
  const forward = { kernel: kernels.conv, spec, inputs: [x, f], outputs: [y], runtime } as const
  const names = planCandidates(forward).map(({ algorithm }) => algorithm)
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => name === 'winograd' || name === 'fft')).toEqual([])
  const loops = { fallback: 'offsets beyond 2 GiB do not fit the tables of its vector program' }
  expect(planKernel({ kernel: kernels.convTranspose, spec, inputs: [y, f], outputs: [x], runtime })).toEqual(loops)
  const pool = poolSpec('maxPool', input, { kernel: 4 })
  const pooling = {
    kernel: kernels.maxPool,
    spec: { pool },
    inputs: [x],
    outputs: [floats([1, 4096, 256, 32])],
    runtime,
  } as const
  expect(planKernel(pooling)).toHaveProperty('plan')
})
