import { describe, expect, it } from 'vitest'
import type { StepResult, StepRow } from '../results.ts'
import { networks } from './networks.ts'
import { stepVerdicts } from './requirements.ts'

const result = (engine: string, threads: number, ms: number | null, memory?: number): StepResult => ({
  ...{ engine, threads, cpu: ms, note: ms === null ? 'it has no such thing.' : '' },
  timing: ms === null ? null : { median: ms, low: ms, high: ms, rounds: 3 },
  ...(memory !== undefined && { memory }),
})

const [compact, resnet, small, bottleneck] = networks.map(({ name }) => name)
const row = (network: string, results: readonly StepResult[]): StepRow => ({ network, results })

describe('what training steps have to reach', () => {
  it('is two threads over one for three networks', () => {
    const both = (one: number) => [result('convoke native', 1, one), result('convoke native', 2, 10)]
    const list = stepVerdicts([
      row(compact, both(18)),
      row(resnet, both(17.9)),
      row(small, both(19)),
      row(bottleneck, both(20)),
    ])
    expect(list).toEqual([
      {
        ...{ measure: `training step, native, two threads over one, ${compact}`, required: '1.80×', reached: '1.80×' },
        ...{ holds: 'yes', detail: 'convoke native ×1 18.0 ms, convoke native ×2 10.0 ms' },
      },
      expect.objectContaining({ measure: expect.stringContaining(resnet), reached: '1.79×', holds: 'no' }),
      expect.objectContaining({ measure: expect.stringContaining(small), reached: '1.90×', holds: 'yes' }),
    ])
  })

  it.each([
    [resnet, '2.20×', 'no'],
    [small, '2.60×', 'no'],
    [bottleneck, '1.50×', 'yes'],
  ])('is a share of the faster PyTorch on one thread: %s', (network, required, holds) => {
    const [verdict, ...others] = stepVerdicts([
      row(network, [
        ...[result('convoke native', 1, 100), result('convoke wasm', 1, 10), result('PyTorch', 1, 500)],
        ...[result('PyTorch compiled', 1, 210), result('PyTorch', 2, 90)],
      ]),
    ])
    expect(verdict).toEqual({
      ...{ measure: `training step, native over the faster PyTorch, ${network}`, required, reached: '2.10×', holds },
      detail: 'PyTorch compiled ×1 210 ms, convoke native ×1 100 ms',
    })
    expect(others).toEqual([])
  })

  it('is the plain PyTorch where nothing compiles', () => {
    const [verdict] = stepVerdicts([
      row(bottleneck, [
        ...[result('convoke native', 1, 100), result('PyTorch', 1, 149)],
        result('PyTorch compiled', 1, null),
      ]),
    ])
    expect(verdict).toMatchObject({ reached: '1.49×', holds: 'no' })
  })

  it.each([
    [300, 'yes', '1.00×'],
    [330, 'no', '1.10×'],
  ])('is no more memory than the PyTorch that needs less: %d MiB', (memory, holds, share) => {
    const list = stepVerdicts([
      row(compact, [
        ...[result('convoke native', 1, 10, memory), result('PyTorch', 1, 20, 300)],
        result('PyTorch compiled', 1, 10, 400),
      ]),
    ])
    expect(list).toEqual([
      {
        ...{ measure: `training step, peak memory, ${compact}`, required: '≤ 300 MiB', reached: `${memory} MiB` },
        ...{ holds, detail: `${share} PyTorch's` },
      },
    ])
  })

  it('is nothing without what it is compared with', () => {
    expect(stepVerdicts([row(resnet, [result('convoke native', 1, 10, 100)])])).toEqual([])
    expect(stepVerdicts([row(resnet, [result('PyTorch', 1, 10, 100)])])).toEqual([])
    expect(stepVerdicts([row('a network of another time', [result('convoke native', 1, 10)])])).toEqual([])
  })
})
