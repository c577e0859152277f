import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pass, report, result, row, smallReport } from '../testing/report.ts'
import { columns } from './columns.ts'
import { readReports, writeWhole } from './files.ts'
import { chart, gridStep } from './svg.ts'
import { reportLines } from './table.ts'

describe('the table', () => {
  it('shows medians, rates, shares, ratios and kernels, and the reasons for what is missing', () => {
    expect(reportLines(smallReport).join('\n')).toMatchInlineSnapshot(`
      "Convoke 0.1.0 · Example CPU, 2 cores · linux x64 · 2026-01-02
      Medians over turns taken in rotation; GFLOP/s count the operations of the direct algorithm.

      native, 1 thread, forward, batch 1, node 20.20.2
      layer                ms: convoke native  convoke native direct  onnxruntime-node  GFLOP/s  of peak  × best peer  kernel
      3×3 64→64 @56                     0.800                   1.30              1.60    289.0     145%        2.00×  winograd f4 14x2 avx512
      3×3 g32 128→128 @28               0.100                      –             0.300     72.3      36%        3.00×
      geometric mean                                                                                            2.45×
      FMA peak of one core, measured with each row: 200 to 200 GFLOP/s

      wasm, 1 thread, forward, batch 1, node 20.20.2
      layer                ms: convoke wasm  tfjs wasm  onnxruntime-web  GFLOP/s  of peak  × best peer  kernel
      3×3 64→64 @56                    5.00       9.00             8.00     46.2      92%        1.60×  direct 6x2 relaxed
      3×3 g32 128→128 @28             0.400          –            0.600     18.1      36%        1.50×
      geometric mean                                                                             1.55×
      FMA peak of one core, measured with each row: 50 to 50 GFLOP/s
      – tfjs wasm: TensorFlow.js has no grouped convolution. (3×3 g32 128→128 @28)

      – left out: jax-js: not installed

      requirement                                                                     at least  reached           detail
      native over onnxruntime-node, geometric mean                                       2.00×    2.00×  partial  only 1 of 16 layers, from 2.00× (3×3 64→64 @56) to 2.00× (3×3 64→64 @56)
      native over onnxruntime-node, least                                                1.00×    2.00×  partial  only 1 of 16 layers, from 2.00× (3×3 64→64 @56) to 2.00× (3×3 64→64 @56)
      direct kernels with 64 or more channels, share of the FMA peak, least                92%      89%       no  only 1 of 10 layers, from 89% (3×3 64→64 @56) to 89% (3×3 64→64 @56)
      native over onnxruntime-node, 3×3 stride 1 at 28² and above, least                 2.20×    2.00×       no  only 1 of 2 layers, from 2.00× (3×3 64→64 @56) to 2.00× (3×3 64→64 @56)
      wasm over the best of TF.js and ONNX Runtime Web, node 20.20.2, geometric mean     2.00×    1.60×       no  only 1 of 16 layers, from 1.60× (3×3 64→64 @56) to 1.60× (3×3 64→64 @56)
      wasm over the best of TF.js and ONNX Runtime Web, node 20.20.2, least              1.00×    1.60×  partial  only 1 of 16 layers, from 1.60× (3×3 64→64 @56) to 1.60× (3×3 64→64 @56)
      process start to first native convolution result, median                        ≤ 150 ms   120 ms      yes  3 processes; one that does nothing takes 40 ms"
    `)
  })

  it('aligns names to the left and numbers to the right', () => {
    expect(
      columns([
        ['layer', 'ms', 'kernel'],
        ['a', '12.5', 'direct'],
      ]),
    ).toEqual(['layer    ms  kernel', 'a      12.5  direct'])
  })

  it('says which results were wrong instead of giving their times', () => {
    const wrong = row('1×1 96→24 @56', [
      result('convoke native', 1),
      result('onnxruntime-node', null, { note: 'the output is wrong: element 3 is 1.00000, by definition 2.00000' }),
    ])
    const text = reportLines(report([pass([wrong])])).join('\n')
    expect(text).toContain(
      '– onnxruntime-node: the output is wrong: element 3 is 1.00000, by definition 2.00000 (every layer)',
    )
    expect(text).toMatch(/1×1 96→24 @56 +1\.00 +– +14\.5 +7% +–/)
  })
})

describe('the chart', () => {
  it('has a panel for each family, a bar for each timed contender, and the FMA peak', () => {
    const svg = chart(smallReport)
    expect(svg.match(/FMA peak/g)).toHaveLength(2)
    // Seven bars and five legend entries; variants and what was not timed have none. One more rectangle is the paper.
    const bars = svg.match(/<rect /g)
    expect(bars).toHaveLength(2 + 2 + 3 + 2 + 5 + 1)
    expect(svg).toContain('>onnxruntime-web<')
    expect(svg).not.toContain('convoke native direct')
  })

  it('draws bars in proportion', () => {
    const svg = chart(
      report([pass([row('1×1 96→24 @56', [result('convoke native', 1), result('onnxruntime-node', 2)], {})])]),
    )
    const widths = [...svg.matchAll(/width="([\d.]+)" height="11"/g)].map(([, value]) => Number(value))
    expect(widths).toHaveLength(2)
    expect(widths[0] / widths[1]).toBeCloseTo(2, 2)
  })

  it('escapes what would end an attribute or a tag', () => {
    const svg = chart(report([pass([row('1×1 96→24 @56', [result('a<b & "c"', 1)])])]))
    expect(svg).toContain('a&lt;b &amp; &quot;c&quot;')
  })

  it.each([
    [500, 100],
    [180, 25],
    [52, 10],
    [9, 2],
  ])('cuts %d into steps of %d', (top, step) => {
    expect(gridStep(top)).toBe(step)
  })
})

describe('report files', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('are written whole, in folders made for them, and read back as one', () => {
    const [first, second] = [join(folder, 'a/first.json'), join(folder, 'second.json')]
    writeWhole(first, JSON.stringify(smallReport))
    writeWhole(second, JSON.stringify({ ...smallReport, startup: null, absent: ['x: y'] }))
    const merged = readReports([first, second])
    expect(merged.passes).toHaveLength(2)
    expect(merged.startup).toEqual(smallReport.startup)
    expect(merged.absent).toEqual(['jax-js: not installed', 'x: y'])
    expect(readdirSync(join(folder, 'a'))).toEqual(['first.json'])
    expect(readFileSync(first, 'utf8')).toBe(JSON.stringify(smallReport))
  })

  it('that are none are refused with their name', () => {
    const path = join(folder, 'other.json')
    writeFileSync(path, '{"version": 7}')
    expect(() => readReports([path])).toThrow('other.json: it is not a report of this version')
    expect(() => readReports([join(folder, 'none.json')])).toThrow('none.json')
  })
})
