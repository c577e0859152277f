import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeSafetensors } from '../formats/index.ts'
import { eventRecords } from '../formats/tensorboard-read.ts'
import { encodeTrainingState, type Progress } from '../train/checkpoint.ts'
import * as node from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'convoke-run-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const progress: Progress = {
  ...{ version: 1, seed: 0, batchSize: 8, epoch: 1, batch: 0, step: 2, lossTotal: 0, lossCount: 0 },
  ...{ history: [], best: null },
}
const state = { tensors: {}, progress }

const record = (epoch: number) => ({ epoch, step: 2 * epoch, loss: 1, validation: { accuracy: 0.5 }, seconds: 1 })
const stepEvent = (step: number) => ({
  ...{
    type: 'step',
    epoch: Math.ceil(step / 2),
    step,
    batch: 1,
    batches: 2,
    examples: 4,
    loss: 1,
    factor: 1,
    gradientNorm: 1,
  },
})

/** Two epochs of two steps, with a checkpoint after the first epoch. */
async function runOfTwo(path: string): Promise<void> {
  const run = await node.runFolder(path)
  for (const epoch of [1, 2]) {
    for (const step of [2 * epoch - 1, 2 * epoch]) await run.onEvent(stepEvent(step) as never)
    await run.onEvent({ type: 'epoch', record: record(epoch), best: true })
    if (epoch === 1) await run.save(state, { best: false })
  }
  run.close()
}

const epochsIn = (path: string): number[] =>
  readFileSync(join(path, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line).epoch]))

const eventFile = (path: string): string => {
  const [name, ...more] = readdirSync(path).filter((one) => one.startsWith('events.'))
  expect(more).toEqual([])
  return join(path, name)
}
const stepsIn = (path: string): number[] => eventRecords(readFileSync(eventFile(path))).map(({ step }) => step)

describe('going on with a run', () => {
  it('forgets in both logs what was measured and not saved', async () => {
    const path = join(root, 'two')
    await runOfTwo(path)
    // Each epoch has a record of its own besides those of its steps.
    expect([epochsIn(path), stepsIn(path)]).toEqual([
      [1, 2],
      [0, 1, 2, 2, 3, 4, 4],
    ])
    const run = await node.runFolder(path)
    expect((await run.resume())?.progress).toEqual(progress)
    expect([epochsIn(path), stepsIn(path)]).toEqual([[1], [0, 1, 2, 2]])
    run.close()
  })

  it('without a state begins with empty logs', async () => {
    const path = join(root, 'none')
    await runOfTwo(path)
    rmSync(join(path, 'last.safetensors'))
    const run = await node.runFolder(path)
    expect(await run.resume()).toBe(null)
    expect(readFileSync(join(path, 'metrics.jsonl'), 'utf8')).toBe('')
    expect(readdirSync(path).filter((name) => name.startsWith('events.'))).toEqual([])
    run.close()
  })

  it('repairs logs whose end a crash cut off, wherever', async () => {
    const path = join(root, 'torn')
    await runOfTwo(path)
    const [metrics, events] = [readFileSync(join(path, 'metrics.jsonl')), readFileSync(eventFile(path))]
    const firstLine = metrics.indexOf('\n') + 1
    for (const cut of [1, 2, 10, 40]) {
      writeFileSync(join(path, 'metrics.jsonl'), metrics)
      truncateSync(join(path, 'metrics.jsonl'), Math.max(firstLine, metrics.length - cut))
      writeFileSync(eventFile(path), events)
      truncateSync(eventFile(path), events.length - cut)
      const run = await node.runFolder(path)
      await run.resume()
      await run.onEvent({ type: 'epoch', record: record(2), best: false })
      run.close()
      expect(epochsIn(path)).toEqual([1, 2])
      for (const name of readdirSync(path).filter((one) => one.startsWith('events.'))) {
        const bytes = readFileSync(join(path, name))
        expect(eventRecords(bytes).reduce((total, { bytes: own }) => total + own.length, 0)).toBe(bytes.length)
        if (join(path, name) !== eventFileOf(path, events)) rmSync(join(path, name))
      }
    }
  })

  it('keeps one line of an epoch that stands there twice, the later one, and none of what is no epoch', async () => {
    const path = join(root, 'twice')
    await runOfTwo(path)
    const lines = [JSON.stringify({ ...record(1), loss: 7 }), '{"epoch":0}', 'null', '[1]', '{"epoch":"1"}', '']
    appendFileSync(join(path, 'metrics.jsonl'), lines.join('\n'))
    const run = await node.runFolder(path)
    await run.resume()
    const kept = await node.readMetrics(path)
    expect(kept.map(({ epoch, loss }) => [epoch, loss])).toEqual([[1, 7]])
    run.close()
  })

  it.each([
    ['cut short', encodeTrainingState(state).subarray(0, 50), /last\.safetensors: safetensors: these 50 bytes/],
    ['weights alone', encodeSafetensors({}), /last\.safetensors: checkpoint: the file holds weights and no training/],
    ['no JSON', encodeSafetensors({}, { convoke_training: '{' }), /the state of the training is not JSON/],
    ['null', encodeSafetensors({}, { convoke_training: 'null' }), /the state of the training is null/],
    ['another version', withProgress({ version: 2 }), /has version 2; this Convoke reads version 1/],
    ['a negative epoch', withProgress({ epoch: -1 }), /checkpoint: epoch is -1; >=0 is expected/],
    ['a batch of nothing', withProgress({ batchSize: 0 }), /checkpoint: batchSize is 0; >=1 is expected/],
    ['a history of texts', withProgress({ history: ['x'] }), /checkpoint: history\.0 is "x"; Object is expected/],
    ['no step', withProgress({ step: undefined }), /checkpoint: step is undefined/],
  ])('refuses a state that is %s', async (name, bytes, message) => {
    const path = join(root, `bad ${name}`)
    await node.writeWhole(join(path, 'last.safetensors'), bytes)
    const run = await node.runFolder(path)
    await expect(run.resume()).rejects.toThrow(message)
    run.close()
  })

  it('reads what JSON has no number for as what it was', async () => {
    const history = [{ ...record(1), validation: { accuracy: Number.NaN } }]
    const bytes = withProgress({ history, best: { epoch: 1, score: Number.NEGATIVE_INFINITY } })
    const path = join(root, 'nan')
    await node.writeWhole(join(path, 'last.safetensors'), bytes)
    const run = await node.runFolder(path)
    expect((await run.resume())?.progress).toMatchObject({ history, best: { score: Number.NEGATIVE_INFINITY } })
    run.close()
  })
})

function withProgress(changed: object): Uint8Array {
  return encodeTrainingState({ ...state, progress: { ...progress, ...changed } as Progress })
}

/** The event file that began with the bytes given. */
const eventFileOf = (path: string, bytes: Uint8Array): string =>
  join(
    path,
    readdirSync(path)
      .filter((one) => one.startsWith('events.'))
      .find((name) => readFileSync(join(path, name)).subarray(0, 40).equals(bytes.subarray(0, 40)))!,
  )
