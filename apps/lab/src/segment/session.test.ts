// The worker's side of the view, run here: two networks take the same steps in turn, and what is taken home is what was shown.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, metrics, setThreads, useBackend } from 'convoke'
import { decodeOnnx, graphModule } from 'convoke/graph'
import { transform } from 'esbuild'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkConfig } from '../../../../packages/cli/src/training/config-schema.ts'
import { typescriptOf } from './code/typescript.ts'
import { edgesOf } from './learning/meter.ts'
import { control, open } from './learning/session.ts'
import { take } from './learning/take.ts'
import { watch } from './learning/watch.ts'
import { firstSettings, type SegmentSettings } from './settings.ts'
import type { Snapshot, WatchQuestion } from './task.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const command = join(root, 'packages/cli/bin/convoke.js')
const environment = { ...process.env, CONVOKE_BACKEND: 'wasm', CONVOKE_THREADS: '1' }

const small: SegmentSettings = { ...firstSettings, examples: 40, depth: 2, width: 4, epochs: 2 }

const nothing = { known: [], from: 0, painting: [], block: undefined, blockOf: 0 } as const

const look = (run: number, more: Partial<WatchQuestion> = {}): Promise<Snapshot> =>
  watch({ run, since: -1, ...nothing, ...more })

/** States that were handed out last: each is told once. */
const kept: (Uint8Array | undefined)[] = []

/** The first answer that has what is waited for. */
async function until(run: number, has: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  let seen: Snapshot | undefined
  do {
    seen = await look(run, { since: seen?.version ?? -1 })
    for (const [i, { checkpoint }] of seen.networks.entries()) kept[i] = checkpoint ?? kept[i]
  } while (!has(seen))
  return seen
}

const still = ({ networks }: Snapshot): boolean =>
  networks.every(({ phase, measured, step }) => phase !== 'running' && measured?.step === step)

const start = (settings: SegmentSettings, checkpoints: readonly (Uint8Array | undefined)[] = []) =>
  open({ settings, checkpoints })

async function trained(settings: SegmentSettings, steps: number) {
  const opened = await start(settings)
  const { run } = opened
  control({ run, wanted: 'run' })
  await until(run, ({ networks }) => networks.every(({ step }) => step >= steps))
  control({ run, wanted: 'pause' })
  return { opened, run, seen: await until(run, still) }
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A place for programs to find their packages. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-segment-'))
  folders.push(folder)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

async function unpacked(run: number, network: number): Promise<string> {
  const folder = newFolder()
  for (const [name, bytes] of Object.entries(unzipSync(await take({ run, kind: 'run', network, from: 0 }))))
    writeFileSync(join(folder, name), bytes)
  return folder
}

const inNode = (folder: string, ...given: readonly string[]) =>
  JSON.parse(execFileSync(process.execPath, given, { cwd: folder, encoding: 'utf8', env: environment }))

/** The same up to the rounding of float32: ends of epochs are measured in batches of another size. */
function expectFigures(found: Record<string, number>, expected: Readonly<Record<string, number>>): void {
  for (const name of ['iou', 'accuracy', 'loss']) expect(found[name], name).toBeCloseTo(expected[name], 5)
}

beforeAll(async () => {
  await useBackend('wasm')
  setThreads(1)
})

describe('A run in the worker', () => {
  it('trains two networks in turn, each as if it were alone, and goes on from checkpoints', async () => {
    const both = await trained({ ...small, skips: 'both' }, 2)
    const [a, b] = both.seen.networks
    // Five batches of eight: pauses come when they come, and none gets ahead.
    expect(Math.abs(a.step - b.step)).toBeLessThanOrEqual(1)
    const checkpoint = kept[0]
    expect(checkpoint).toBeDefined()
    control({ run: both.run, wanted: 'run' })
    const whole = await until(both.run, still)
    expect(whole.networks.map(({ phase, step }) => [phase, step])).toEqual([
      ['finished', 10],
      ['finished', 10],
    ])
    for (const [i, skips] of (['with', 'without'] as const).entries()) {
      const { run } = await start({ ...small, skips })
      control({ run, wanted: 'run' })
      const { networks } = await until(run, still)
      expect([...networks[0].losses]).toEqual([...whole.networks[i].losses])
      expect(networks[0].measured).toEqual(whole.networks[i].measured)
    }
    // The second alone is kept from an early step: it catches up first.
    const { run } = await start({ ...small, skips: 'both' }, [checkpoint, undefined])
    control({ run, wanted: 'step' })
    const one = await until(run, (snapshot) => snapshot.networks[1].step === 1 && still(snapshot))
    expect(one.networks[0].step).toBe(a.step)
    control({ run, wanted: 'run' })
    const again = await until(run, still)
    expect(again.networks.map(({ measured }) => measured)).toEqual(whole.networks.map(({ measured }) => measured))
  }, 120_000)

  it('is heard to train before its first step is taken, however long that takes', async () => {
    const { run } = await start({ ...small, skips: 'both' })
    const { version } = await until(run, still)
    // Answers come some times a second at most.
    await new Promise((resolve) => setTimeout(resolve, 200))
    control({ run, wanted: 'step' })
    const { networks } = await look(run, { since: version })
    expect(networks.map(({ phase, step }) => [phase, step])).toEqual([
      ['running', 0],
      ['running', 0],
    ])
    const after = await until(run, (seen) => still(seen) && seen.networks.every(({ step }) => step > 0))
    expect(after.networks.map(({ phase, step }) => [phase, step])).toEqual([
      ['paused', 1],
      ['paused', 1],
    ])
  })

  it('shows masks, chances and maps of held-out pictures, and of one that was painted', async () => {
    const { run, seen } = await trained(small, 3)
    const held = data.shapesWithMasks({ count: 8, seed: 3, size: 32 })
    const { image, mask } = await held.get(7)
    const shown = await look(run, {
      ...{ from: 7, block: 'bottom', blockOf: 'painted' },
      painting: [{ kind: 'disc', colour: [1, 0.5, 0.4], x: 0.5, y: 0.5, radius: 0.2, turn: 0 }],
    })
    expect(shown.pictures.map(({ index }) => index)).toEqual([7, 0, 1, 2, 3, 4])
    expect([...shown.pictures[0].truth]).toEqual([...mask.data])
    expect([...shown.pictures[0].pixels]).toEqual(Array.from(image.data, (value) => Math.round(255 * value)))
    const [network] = shown.networks
    const { chances, mask: found } = network.found[0]
    expect([...found]).toEqual([...metrics.argMaxRows(chances, 4)])
    expect(chances.subarray(0, 4).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    expect(network.maps).toMatchObject({ path: 'bottom', shape: [8, 8, 16] })
    expect(network.painted!.mask).toHaveLength(1024)
    // A pixel of the disc and one of the ground.
    const at = (p: number) => [...shown.painting!.subarray(3 * p, 3 * p + 3)]
    expect(at(16 * 32 + 16)[0]).toBeGreaterThan(230)
    expect(at(0)[0]).toBeLessThan(90)
    // The mean of the classes is the score that is told.
    const { figures, classes } = seen.networks[0].measured!
    expect(classes.reduce((sum, { iou }) => sum + iou, 0) / 4).toBeCloseTo(figures['iou'], 6)
  }, 60_000)

  it.each([
    ['with skips, by cross-entropy', { ...small, skips: 'with' }],
    ['without, 5×5, by both losses', { ...small, skips: 'without', kernel: 5, loss: 'both', flip: false }],
  ] as const)(
    'is read by `convoke evaluate` with the same score, and the program gives the same: %s',
    async (_, settings) => {
      const { run, opened, seen } = await trained(settings, 7)
      const [{ measured, step, epoch, batch }] = seen.networks
      const folder = await unpacked(run, 0)
      const config = JSON.parse(
        new TextDecoder().decode(unzipSync(await take({ run, kind: 'run', network: 0, from: 0 }))['config.json']),
      )
      expect(checkConfig('config.json', config)).toBe(config)
      expectFigures(inNode(folder, command, 'evaluate', folder, '--json').figures, measured!.figures)
      const { mean, deviation } = opened
      const text = typescriptOf({ settings, skips: settings.skips === 'with', mean, deviation, step, epoch, batch })
      const { code } = await transform(text.replace(/console\.log\((.*)\)\n$/, 'console.log(JSON.stringify($1))\n'), {
        ...{ loader: 'ts', format: 'esm' },
      })
      writeFileSync(join(folder, 'program.mjs'), code)
      expectFigures(inNode(folder, 'program.mjs'), measured!.figures)
      // The command goes on where the page stopped: to the end of the third epoch of five steps.
      expect(inNode(folder, command, 'train', '--resume', '--out', folder, '--epochs=3', '--json')).toMatchObject({
        ...{ epochs: 3, steps: 15, reason: 'finished' },
      })
    },
    120_000,
  )

  it('gives ONNX whose masks are those of the network', async () => {
    const { run, seen } = await trained(small, 3)
    const file = decodeOnnx(await take({ run, kind: 'onnx', network: 0, from: 0 }))
    const { mean, std } = JSON.parse(file.metadata['convoke.preprocessing'])
    const { image } = await data.shapesWithMasks({ count: 8, seed: 3, size: 32 }).get(0)
    const x = data.standardizePicture(image, mean, std)
    const y = graphModule(file).eval()(data.collate([{ image: x }]).image) as unknown as { dataSync(): Float32Array }
    expect([...metrics.argMaxRows(y.dataSync(), 4)]).toEqual([...seen.networks[0].found[0].mask])
  })
})

it('edges are the pixels beside another class', () => {
  expect([...edgesOf([0, 0, 0, 0, 1, 0, 0, 0, 0], 3)]).toEqual([0, 1, 0, 1, 1, 1, 0, 1, 0])
})
