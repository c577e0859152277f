// The worker's side of the view, run here: it pauses, goes on, is taken home, and is the library's own training.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, randomSource, setThreads, type Tensor, train, useBackend } from 'convoke'
import { decodeOnnx, graphModule } from 'convoke/graph'
import { transform } from 'esbuild'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkConfig } from '../../../../packages/cli/src/training/config-schema.ts'
import { drawingOf } from '../drawing/strokes.ts'
import { typescriptOf } from './code/typescript.ts'
import { compare, stopComparing } from './learning/compare.ts'
import { buildModel, optimizerOf, taskOf } from './learning/network.ts'
import { control, open, sessionOf } from './learning/session.ts'
import { take } from './learning/take.ts'
import { pictures, predict, watch } from './learning/watch.ts'
import { firstSettings, suited, type TrainSettings } from './settings.ts'
import type { CompareQuestion, Opened, OwnData, Snapshot } from './task.ts'
import { drawn, shapes } from './testing/shapes.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const small: TrainSettings = { ...firstSettings, examples: 500, kernel: 3, count: 4, depth: 2, epochs: 2 }

const look = (run: number, since = -1, known = 0): Promise<Snapshot> =>
  watch({ run, since, known, measuredStep: -1, probe: 0 })

/** The first answer that has what is waited for. */
async function until(run: number, has: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  let seen = await look(run)
  while (!has(seen)) seen = await look(run, seen.version)
  return seen
}

const still = (snapshot: Snapshot): boolean => snapshot.phase !== 'running' && snapshot.measured?.step === snapshot.step

const choice = { kernel: 5, count: 2, depth: 1 }

/** A network that is compared, to its end. */
async function compared(question: CompareQuestion) {
  for (;;) {
    const answer = await compare(question)
    if (answer.kind === 'done') return answer
    if (answer.kind === 'stopped') throw new Error('It was stopped.')
  }
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The run's folder, unpacked, with a place for programs to find their packages. */
async function unpacked(run: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-lab-'))
  folders.push(folder)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, bytes] of Object.entries(unzipSync(await take({ run, kind: 'run' })))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
  return folder
}

const environment = { ...process.env, CONVOKE_BACKEND: 'wasm', CONVOKE_THREADS: '1' }

const resumed = (folder: string, epochs: number): object =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [join(root, 'packages/cli/bin/convoke.js'), 'train', '--resume', '--out', folder, `--epochs=${epochs}`, '--json'],
      { encoding: 'utf8', env: environment, cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] },
    ),
  )

const evaluated = (folder: string): Record<string, number> =>
  JSON.parse(
    execFileSync(process.execPath, [join(root, 'packages/cli/bin/convoke.js'), 'evaluate', folder, '--json'], {
      ...{ encoding: 'utf8', env: environment, cwd: tmpdir() },
    }),
  ).figures

/** What the program prints: the figures of its network. */
async function programFigures(
  folder: string,
  told: Parameters<typeof typescriptOf>[0],
): Promise<Record<string, number>> {
  const text = typescriptOf(told).replace(/console\.log\((.*)\)\n$/, 'console.log(JSON.stringify($1))\n')
  const { code } = await transform(text, { loader: 'ts', format: 'esm' })
  const file = join(folder, 'program.mjs')
  writeFileSync(file, code)
  return JSON.parse(execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', env: environment }))
}

/**
 * The same figures; the loss up to the rounding of float32, because the page measures the end of an epoch in batches of
 * the training's size and the command in batches of its own.
 */
function expectFigures({ loss, ...rest }: Record<string, number>, { loss: expected, ...others }: typeof rest): void {
  expect(rest).toEqual(others)
  expect(loss).toBeCloseTo(expected, 5)
}

const toldOf = (settings: TrainSettings, opened: Opened, { step, epoch, batch }: Snapshot) => ({
  ...{ settings, classes: opened.classes.length, channels: opened.form.channels },
  ...{ mean: opened.mean, deviation: opened.deviation, step, epoch, batch },
})

/** Thirty drawings of each of three shapes, by a hand that shakes. */
function threeShapes(): OwnData {
  const random = randomSource(7)
  const labels = Array.from({ length: 90 }, (_, i) => i % 3)
  const side = 28
  return {
    ...{ height: side, width: side, channels: 1, classes: shapes, labels },
    pictures: labels.map((label) => drawingOf(drawn(shapes[label], random), side)),
  }
}

beforeAll(async () => {
  await useBackend('wasm')
  setThreads(1)
})

describe('A run in the worker', () => {
  it('takes one step, runs, pauses, and goes on from its checkpoint as if it had never stopped', async () => {
    const { run, counts, batches } = {
      batches: 16,
      ...(await open({ settings: small, own: undefined, checkpoint: undefined })),
    }
    expect(counts).toEqual({ train: 500, test: 100 })
    const before = await until(run, still)
    expect([before.step, before.phase, before.batches]).toEqual([0, 'paused', batches])
    control({ run, wanted: 'step' })
    const one = await until(run, (snapshot) => snapshot.step === 1 && still(snapshot))
    expect(one.losses).toHaveLength(1)
    control({ run, wanted: 'run' })
    await until(run, (snapshot) => snapshot.step >= 5)
    control({ run, wanted: 'pause' })
    const paused = await until(run, (snapshot) => still(snapshot) && snapshot.step >= 5)
    const checkpoint = (await look(run)).checkpoint ?? paused.checkpoint
    expect(checkpoint).toBeDefined()
    control({ run, wanted: 'run' })
    const whole = await until(run, (snapshot) => snapshot.phase === 'finished' && still(snapshot))
    expect([whole.step, whole.epoch, whole.batch]).toEqual([32, 2, 0])

    const again = await open({ settings: small, own: undefined, checkpoint })
    const resumed = await until(again.run, still)
    expect(resumed.step).toBe(paused.step)
    expect(resumed.measured).toEqual(paused.measured)
    control({ run: again.run, wanted: 'run' })
    const rest = await until(again.run, (snapshot) => snapshot.phase === 'finished' && still(snapshot))
    expect(rest.measured).toEqual(whole.measured)
    expect([...rest.losses]).toEqual([...whole.losses].slice(paused.step))
    await expect(look(run)).rejects.toThrow('unknown run')

    // Of a page that had seen more than was kept the steps between are taken again, and no more.
    const nearer = await open({ settings: small, own: undefined, checkpoint, reached: 30 })
    expect((await look(nearer.run)).phase).toBe('running')
    const there = await until(nearer.run, still)
    expect([there.phase, there.step]).toEqual(['paused', 30])
    expect([...there.losses]).toEqual([...whole.losses].slice(paused.step, 30))
    control({ run: nearer.run, wanted: 'run' })
    const end = await until(nearer.run, (snapshot) => snapshot.phase === 'finished' && still(snapshot))
    expect([end.measured, end.chances]).toEqual([whole.measured, whole.chances])
  })

  it('is read by `convoke evaluate` with the same score, and the program gives the same network', async () => {
    const opened = await open({ settings: small, own: undefined, checkpoint: undefined })
    const { run } = opened
    control({ run, wanted: 'run' })
    await until(run, (snapshot) => snapshot.step >= 20)
    control({ run, wanted: 'pause' })
    const paused = await until(run, (snapshot) => still(snapshot) && snapshot.step >= 20)
    const { figures } = paused.measured!
    const folder = await unpacked(run)
    expectFigures(evaluated(folder), figures)
    expectFigures(await programFigures(folder, toldOf(small, opened, paused)), figures)
    // The command goes on where the page stopped: to the end of the third epoch of 16 steps.
    expect(resumed(folder, 3)).toMatchObject({ epochs: 3, steps: 48, reason: 'finished' })
  })

  it('gives ONNX whose logits are those of the network', async () => {
    const { run } = await open({ settings: small, own: undefined, checkpoint: undefined })
    control({ run, wanted: 'step' })
    const seen = await until(run, (snapshot) => snapshot.step === 1 && still(snapshot))
    const file = decodeOnnx(await take({ run, kind: 'onnx' }))
    const { mean, std } = JSON.parse(file.metadata['convoke.preprocessing'])
    const {
      pictures: [picture],
    } = await pictures({ run, part: 'test', indices: [0] })
    expect([...picture]).toEqual([...seen.probe])
    const digit = await data.digits({ count: 100, seed: 3 }).get(0)
    const x = data.standardizePicture(digit.image, mean, std)
    const y = graphModule(file).eval()(data.collate([{ image: x }]).image) as unknown as { dataSync(): Float32Array }
    const logits = [...y.dataSync()]
    const total = logits.reduce((sum, value) => sum + Math.exp(value), 0)
    for (const [i, value] of logits.entries()) expect(Math.exp(value) / total).toBeCloseTo(seen.chances[i], 5)
  })

  it('compares networks by accuracy, parameters and multiplications', async () => {
    const { run } = await open({ settings: small, own: undefined, checkpoint: undefined })
    const { accuracy, loss, ...cost } = (await compared({ run, choice, epochs: 1 })).found
    // 5·5·1·2 weights, 2·2 of the normalisation, 2·10 + 10 of the last layer; 28·28 places.
    expect(cost).toMatchObject({ parameters: 50 + 4 + 30, macs: 784 * 50 + 20 })
    const { sets } = sessionOf(run)
    const { rows } = await train.choose<data.ClassifiedPicture, Tensor>({
      choices: [{ name: 'network', settings: {}, build: () => buildModel(choice, sets) }],
      ...{ inputShape: [1, 28, 28, 1], task: (model) => taskOf(model, sets), train: sets.train, validation: sets.test },
      ...{ epochs: 1, batchSize: small.batch, optimizer: (parameters) => optimizerOf(parameters, small) },
    })
    expect([accuracy, loss]).toEqual([rows[0].accuracy, rows[0].trials[0].loss])
  })

  it('takes up a network that is compared where its training was left, with the same result', async () => {
    const slow = { choice: { kernel: 7, count: 16, depth: 2 }, epochs: 4 }
    const { run } = await open({ settings: small, own: undefined, checkpoint: undefined })
    const whole = await compared({ run, ...slow })
    let left = await compare({ run, ...slow })
    while (left.kind === 'going' && left.checkpoint === undefined) left = await compare({ run, ...slow })
    stopComparing()
    const checkpoint = left.kind === 'going' ? left.checkpoint! : new Uint8Array(0)
    const { step } = train.decodeTrainingState(checkpoint).progress
    // 16 batches of an epoch.
    expect(step > 0 && step < 64).toBe(true)
    const { run: later } = await open({ settings: small, own: undefined, checkpoint: undefined })
    const { found } = await compared({ run: later, ...slow, checkpoint })
    expect([found.accuracy, found.loss]).toEqual([whole.found.accuracy, whole.found.loss])
  })
})

describe('Own drawings', () => {
  const settings: TrainSettings = { ...firstSettings, ...suited('drawings') }

  it('thirty of each of three classes are enough to read new ones', async () => {
    const own = threeShapes()
    const opened = await open({ settings, own, checkpoint: undefined })
    const { run, classes } = opened
    expect(opened.counts).toEqual({ train: 72, test: 18 })
    control({ run, wanted: 'run' })
    const done = await until(run, (snapshot) => snapshot.phase === 'finished' && still(snapshot))
    const random = randomSource(99)
    let right = 0
    for (let i = 0; i < 60; i++) {
      const chances = await predict({ run, drawing: drawingOf(drawn(shapes[i % 3], random), 28) })
      if (classes[chances.indexOf(Math.max(...chances))] === shapes[i % 3]) right++
    }
    console.log(`30 drawings a class: ${right} of 60 new drawings read`)
    expect(right).toBeGreaterThanOrEqual(57)
    const folder = await unpacked(run)
    const { figures } = done.measured!
    expectFigures(evaluated(folder), figures)
    expect(resumed(folder, 31)).toMatchObject({ epochs: 31, steps: 279 })
    expectFigures(await programFigures(folder, toldOf(settings, opened, done)), figures)
  }, 180_000)
})

it('The configuration is one that the command takes', async () => {
  const { run } = await open({ settings: small, own: undefined, checkpoint: undefined })
  control({ run, wanted: 'step' })
  await until(run, (snapshot) => snapshot.step === 1 && still(snapshot))
  const config = JSON.parse(new TextDecoder().decode(unzipSync(await take({ run, kind: 'run' }))['config.json']))
  expect(checkConfig('config.json', config)).toBe(config)
})
