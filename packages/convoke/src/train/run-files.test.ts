import { describe, expect, it } from 'vitest'
import { decodeSafetensors } from '../formats/index.ts'
import { decodeTrainingState, type TrainingState } from './checkpoint.ts'
import { runFiles } from './run-files.ts'

const one = (value: number) => ({ dtype: 'float32' as const, shape: [1], data: Float32Array.of(value) })
const record = (epoch: number) => ({
  epoch,
  step: 2 * epoch,
  loss: 1 / epoch,
  validation: { accuracy: 0.5 },
  seconds: 1,
})
const progress: TrainingState['progress'] = {
  ...{ version: 1, seed: 3, batchSize: 4, epoch: 2, batch: 0, step: 4, lossTotal: 0, lossCount: 0 },
  ...{ history: [record(1), record(2)], best: { epoch: 1, score: 0.5 } },
}
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('runFiles', () => {
  it('holds the configuration, a line an epoch, the weights and the state to go on from', () => {
    const tensors = { 'model.weight': one(7), 'optimizer.step': one(4) }
    const files = runFiles({ config: { name: 'a\u009bb' }, state: { tensors, progress }, metadata: { convoke: '{}' } })
    expect(JSON.parse(text(files['config.json']))).toEqual({ name: 'a\u009bb' })
    expect(text(files['config.json'])).toContain('\\u009b')
    const lines = text(files['metrics.jsonl']).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...record(1), best: true },
      { ...record(2), best: false },
    ])
    const best = decodeSafetensors(files['best.safetensors'])
    expect(best.metadata).toEqual({ convoke: '{}' })
    expect(Object.keys(best.tensors)).toEqual(['weight'])
    expect(best.tensors['weight'].data).toEqual(Float32Array.of(7))
    expect(decodeTrainingState(files['last.safetensors']).progress).toEqual(progress)
  })

  it('has the averaged weights where an average is kept', () => {
    const tensors = { 'model.weight': one(7), 'average.weight': one(8), 'average.updates': one(3) }
    const files = runFiles({ config: {}, state: { tensors, progress } })
    const best = decodeSafetensors(files['best.safetensors'])
    expect(Object.fromEntries(Object.entries(best.tensors).map(([name, { data }]) => [name, data[0]]))).toEqual({
      weight: 8,
    })
  })
})
