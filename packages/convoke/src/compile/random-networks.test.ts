// Networks drawn at random, compiled and as they are: what passes rewrite, and where values lie, must never show. `npm run fuzz -- --compile`
// tries more of them.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as ops from '../ops/index.ts'
import { type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import { compile } from './index.ts'
import { problemOf } from './testing/compare.ts'

it.each(availableBackends())('random networks compute the same when they are compiled, on %s', async (backend) => {
  await onBackend(backend, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        expect(problemOf(seed)).toBe(null)
      }),
      { numRuns: Number(process.env.CONVOKE_CASES ?? 40) },
    )
  })
})

it('compiles one step', () => {
  expect(compile((x: Tensor) => ops.exp(x), [1])(tensor([0])).toArray()).toEqual([1])
})
