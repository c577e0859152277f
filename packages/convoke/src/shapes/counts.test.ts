import { describe, expect, it } from 'vitest'
import { convSpec, convTransposeSpec } from './conv-spec.ts'
import { convCounts, convTransposeCounts, linearCounts, normalisationCounts, poolCounts } from './counts.ts'

describe('convCounts', () => {
  it('keeps MACs and FLOPs apart: two FLOPs a MAC, and one more for each bias that is added', () => {
    const spec = convSpec('test', [1, 56, 56, 64], [3, 3, 64, 64], { padding: 1 })
    const outputs = 56 * 56 * 64
    expect(convCounts(spec)).toEqual({
      parameters: 36_928,
      macs: 115_605_504,
      flops: 2 * 115_605_504 + outputs,
      activationBytes: 4 * outputs,
    })
    expect(convCounts(spec, false)).toMatchObject({ parameters: 36_864, flops: 2 * 115_605_504 })
  })

  it('divides weights and work by the groups, down to depthwise', () => {
    const spec = convSpec('test', [2, 10, 12], [5, 1, 12], { groups: 12 })
    expect(convCounts(spec)).toMatchObject({ parameters: 5 * 12 + 12, macs: 2 * 6 * 5 * 12 })
  })
})

describe('convTransposeCounts', () => {
  it('works once for every input element, and adds a bias to every output', () => {
    const spec = convTransposeSpec('test', [1, 7, 7, 32], [4, 4, 16, 32], { stride: 2, padding: 1 })
    const macs = 7 * 7 * 32 * 16 * 16
    expect(convTransposeCounts(spec)).toEqual({
      parameters: 16 * 32 * 16 + 16,
      macs,
      flops: 2 * macs + 14 * 14 * 16,
      activationBytes: 4 * 14 * 14 * 16,
    })
  })
})

describe('the other layers', () => {
  it('count comparisons, additions and divisions as FLOPs, never as MACs', () => {
    expect(poolCounts('max', 4, [2, 2, 3])).toMatchObject({ macs: 0, flops: 3 * 12 })
    expect(poolCounts('average', 4, [2, 2, 3])).toMatchObject({ macs: 0, flops: 4 * 12 })
    expect(normalisationCounts([2, 2, 3])).toMatchObject({ parameters: 6, macs: 0, flops: 24 })
  })

  it('count a linear layer for every row', () => {
    expect(linearCounts(10, 4, true, 3)).toEqual({ parameters: 44, macs: 120, flops: 252, activationBytes: 48 })
  })
})
