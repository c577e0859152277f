// A small report with round numbers, for the tests of everything that reads one.

import { directFlops, layers, specOf } from '../layers.ts'
import type { Pass, Report, Result, Row } from '../results.ts'

/** A result of `ms`; null for one that was not timed. */
export function result(contender: string, ms: number | null, extra: Partial<Result> = {}): Result {
  const family = contender.includes('wasm') || contender.includes('web') ? 'wasm' : 'native'
  const role = contender.startsWith('convoke') ? 'convoke' : 'peer'
  const timing = ms === null ? null : { median: ms, low: ms, high: ms, rounds: 3 }
  return { contender, family, role, threads: 1, kernel: '', algorithm: '', timing, note: '', ...extra }
}

/** A row of a layer of the benchmark by name. */
export function row(name: string, results: readonly Result[], peak: Row['peak'] = { native: 200, wasm: 50 }): Row {
  const layer = layers.find((candidate) => candidate.name === name)
  if (layer === undefined) throw new Error(`there is no layer ${name}`)
  const spec = specOf(layer)
  return { layer: name, set: layer.set, op: layer.op, mode: 'forward', spec, flops: directFlops(spec), peak, results }
}

export const pass = (rows: readonly Row[], extra: Partial<Pass> = {}): Pass => ({
  ...{ environment: 'node 20.20.2', threads: 1, mode: 'forward', rows },
  ...extra,
})

export const report = (passes: readonly Pass[], extra: Partial<Report> = {}): Report => ({
  version: 1,
  date: '2026-01-02T03:04:05.000Z',
  machine: { processor: 'Example CPU', cores: 2, platform: 'linux x64', convoke: '0.1.0' },
  passes,
  startup: null,
  absent: [],
  ...extra,
})

/** Two layers, both families, one peer that cannot do one of them. */
export const smallReport = report(
  [
    pass([
      row('3×3 64→64 @56', [
        result('convoke native', 0.8, { kernel: 'winograd f4 14x2 avx512', algorithm: 'winograd' }),
        result('convoke native direct', 1.3, { role: 'variant', kernel: 'direct 14x2 avx512' }),
        result('onnxruntime-node', 1.6),
        result('convoke wasm', 5, { kernel: 'direct 6x2 relaxed' }),
        result('tfjs wasm', 9),
        result('onnxruntime-web', 8),
      ]),
      row('3×3 g32 128→128 @28', [
        result('convoke native', 0.1),
        result('onnxruntime-node', 0.3),
        result('convoke wasm', 0.4),
        result('tfjs wasm', null, { note: 'TensorFlow.js has no grouped convolution.' }),
        result('onnxruntime-web', 0.6),
      ]),
    ]),
  ],
  {
    startup: { samples: [120, 110, 130], median: 120, bare: 40, backend: 'native' },
    absent: ['jax-js: not installed'],
  },
)
