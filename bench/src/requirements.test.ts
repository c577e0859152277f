import { describe, expect, it } from 'vitest'
import { layers } from './layers.ts'
import { verdicts } from './requirements.ts'
import type { Result } from './results.ts'
import { pass, report, result, row } from './testing/report.ts'

const names = layers.filter(({ set }) => set === 'networks').map(({ name }) => name)

const everyLayer = (results: (name: string) => Result[]) => pass(names.map((name) => row(name, results(name))))

const find = (list: ReturnType<typeof verdicts>, part: string) => {
  const found = list.filter(({ measure }) => measure.includes(part))
  expect(found).toHaveLength(1)
  return found[0]
}

describe('requirements', () => {
  it('hold only when every layer was measured', () => {
    const fast = (): Result[] => [result('convoke native', 1), result('onnxruntime-node', 5)]
    const all = verdicts(report([everyLayer(fast)]))
    expect(find(all, 'onnxruntime-node, geometric mean')).toMatchObject({
      reached: '5.00×',
      required: '2.00×',
      holds: 'yes',
    })
    const some = verdicts(report([pass([row(names[0], fast())])]))
    const partial = find(some, 'onnxruntime-node, geometric mean')
    expect(partial.holds).toBe('partial')
    expect(partial.detail).toContain('only 1 of 16 layers')
  })

  it('fail on the one layer that is slower, which they name', () => {
    const list = verdicts(
      report([
        everyLayer((name) => [result('convoke native', name === names[3] ? 6 : 1), result('onnxruntime-node', 5)]),
      ]),
    )
    const least = find(list, 'onnxruntime-node, least')
    expect(least).toMatchObject({ reached: '0.83×', holds: 'no' })
    expect(least.detail).toContain(`from 0.83× (${names[3]})`)
    expect(find(list, 'onnxruntime-node, geometric mean').holds).toBe('yes')
  })

  it('judge direct kernels by the run without Winograd where there is one', () => {
    const list = verdicts(
      report([
        everyLayer(() => [
          result('convoke native', 0.01),
          result('convoke native direct', 10, { role: 'variant' }),
          result('onnxruntime-node', 5),
        ]),
      ]),
    )
    const share = find(list, 'share of the FMA peak')
    expect(share.detail).toContain('10 layers')
    // The lightest of them: 1×1 256→64 @56, 2·56²·256·64 FLOP in 10 ms against 200 GFLOP/s.
    expect(share.reached).toBe('5%')
    expect(share.holds).toBe('no')
  })

  it('take the faster of two peers for each layer', () => {
    const list = verdicts(
      report([
        everyLayer((name) => [
          result('convoke wasm', 1),
          result('tfjs wasm', name === names[0] ? 2 : 9),
          result('onnxruntime-web', 3),
        ]),
      ]),
    )
    expect(find(list, 'Web, node 20.20.2, least').reached).toBe('2.00×')
  })

  it('compare two threads with one where one takes over half a millisecond', () => {
    const threaded = pass(
      [
        row(names[0], [
          result('convoke native', 1, { threads: 2 }),
          result('convoke native ×1', 1.9, { role: 'variant' }),
        ]),
        row(names[1], [
          result('convoke native', 0.4, { threads: 2 }),
          result('convoke native ×1', 0.4, { role: 'variant' }),
        ]),
      ],
      { threads: 2 },
    )
    expect(find(verdicts(report([threaded])), 'two threads')).toMatchObject({ reached: '1.90×', holds: 'yes' })
  })

  it('know training, the large kernel and the start-up', () => {
    const trained = layers.filter(({ name }) => /^[35]×[35]/.test(name) && names.includes(name))
    const train = pass(
      trained.map(({ name }) => row(name, [result('convoke native', 0.001)])),
      { mode: 'train' },
    )
    const pictures = layers.filter(({ set }) => set === 'picture')
    const slow = result('direct loop', 1100, { role: 'variant' })
    const picture = pass(pictures.map(({ name }) => row(name, [result('convoke native', 100), slow])))
    const startup = { samples: [140], median: 140, bare: 40, backend: 'native' }
    const list = verdicts(report([train, picture], { startup }))
    expect(find(list, 'forward + backward')).toMatchObject({ required: '85%', holds: 'yes' })
    expect(find(list, '31×31')).toMatchObject({ reached: '11.00×', holds: 'yes' })
    expect(find(list, 'process start')).toMatchObject({ reached: '140 ms', holds: 'yes' })
    expect(list).toHaveLength(3)
  })
})
