import { expect, it } from 'vitest'
import { stepEngines, stepThreads } from './engines.ts'

const names = (engines: ReturnType<typeof stepEngines>['engines']) =>
  engines.map(({ engine, threads }) => `${engine} ×${threads}`)

it('times PyTorch beside native code, on as many threads, and TF.js beside WebAssembly', () => {
  const { engines, absent } = stepEngines(['native', 'wasm'], [1, 2], false, () => true)
  expect(names(engines)).toEqual([
    ...['convoke native ×1', 'convoke native ×2', 'convoke wasm ×1', 'convoke wasm ×2'],
    ...['PyTorch ×1', 'PyTorch ×2', 'PyTorch compiled ×1', 'PyTorch compiled ×2', 'tfjs wasm ×1'],
  ])
  expect(absent).toEqual([])
})

it('says that there is no PyTorch where it would have taken part', () => {
  const { engines, absent } = stepEngines(['native'], [1], true, () => false)
  expect(names(engines)).toEqual(['convoke native ×1'])
  expect(absent).toEqual([
    'PyTorch: no Python with it here (Debian: python3-torch; or name one in CONVOKE_BENCH_PYTORCH)',
  ])
})

it('does not look for PyTorch beside WebAssembly', () => {
  const { engines, absent } = stepEngines(['wasm'], [1], true, () => {
    throw new Error('it looked')
  })
  expect(names(engines)).toEqual(['convoke wasm ×1', 'tfjs wasm ×1', 'tfjs cpu ×1'])
  expect(absent).toEqual([])
})

it('takes one thread, two and every core', () => {
  expect([1, 2, 8].map(stepThreads)).toEqual([[1], [1, 2], [1, 2, 8]])
})
