// The command on several ranks. What an MPI could do otherwise is tried on each that is installed, the rest on one of them.

import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { train } from 'convoke'
import { readMetrics } from 'convoke/node'
import { describe, expect, it } from 'vitest'
import { killRanks } from '../../test/kills/kills.ts'
import { kinds, on } from '../../test/ranks.ts'
import { convoke, folder, type Ran, words } from '../../test/run.ts'
import { writePng } from '../predict/draw.ts'

const small = '--size 12 --model-option widths=[4,8] --threads 1'
/** Where one MPI is enough. */
const [any] = kinds
const other = kinds.at(-1)!

describe.each(kinds.map((kind) => ({ name: kind[0], kind })))('on ranks of $name', ({ kind }) => {
  it('train and evaluate give one result, and another number of ranks goes on', async () => {
    const cwd = await folder()
    const line =
      'train segment --data shapes --examples 20 --epochs 2 --global-batch 7 --sync-batch-norm --size 16 --augment flips --loss dice --model-option width=4 --model-option depth=1 --threads 1'
    const trained = await on(kind, 3, cwd, `${line} --out together`)
    expect([trained.code, trained.stderr, trained.left]).toEqual([0, '', 0])
    expect(trained.stdout.match(/^epoch .* examples\/s/gm)?.length).toBe(2)
    expect(trained.stdout).toContain('batches of 7 (3 a rank)')
    expect((await readdir(join(cwd, 'together'))).filter((name) => !name.startsWith('events')).sort()).toEqual([
      ...['best.safetensors', 'config.json', 'last.safetensors', 'metrics.jsonl', 'report.html', 'scores.json'],
    ])
    const alone = await convoke(cwd, 'evaluate', 'together', '--json')
    const shared = await on(kind, 2, cwd, 'evaluate together --json')
    expect(JSON.parse(shared.stdout)).toEqual(JSON.parse(alone.stdout))
    const { stdout, code } = await convoke(cwd, 'train', '--resume', '--out', 'together', '--epochs', '3')
    expect(code).toBe(0)
    expect(stdout).toContain('now on 1 rank, before on 3: the batches are the same')
    expect(stdout).toMatch(/^epoch 3\/3/m)
  })

  it('fill a time by one plan, and fine-tune what they have learned, the new layer first', async () => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 160 ${small} --out run`
    const filled = await on(kind, 2, cwd, `${line} --time 12s`)
    expect([filled.code, filled.stderr]).toEqual([0, ''])
    expect(filled.stdout).toMatch(/planned: [\d,]+ steps?, [\d.]+ epochs, in 12 s/)
    const metrics = await readMetrics(join(cwd, 'run'))
    expect(metrics.length).toBeGreaterThan(1)
    // The rate has fallen towards its end.
    expect(metrics.at(-1)!.factor).toBeLessThan(0.1)
    await on(kind, 1, cwd, 'data generate digits --count 30 --out drawn')
    await rm(join(cwd, 'drawn/9'), { recursive: true })
    const tuned = await on(
      kind,
      2,
      cwd,
      'finetune run --data drawn --epochs 4 --time-limit 60s --out tuned --threads 1',
    )
    expect([tuned.code, tuned.stderr]).toEqual([0, ''])
    expect(tuned.stdout).toContain('the new layer only: ')
  })

  it('what all ranks refuse is said once', async () => {
    const cwd = await folder()
    const refused = await on(kind, 3, cwd, 'train classify --data nothing-there --out run')
    expect([refused.code === 0, refused.stderr.match(/convoke: /g)?.length]).toEqual([false, 1])
    const alone = await on(kind, 3, cwd, 'kernels')
    expect(alone.code).not.toBe(0)
    expect(alone.stderr.match(/convoke: .*/g)).toEqual([
      expect.stringContaining('kernels runs on one process. Start it without mpirun; train, finetune,'),
    ])
  })
})

describe.each(kinds.map((kind) => ({ name: kind[0], kind })))('at a signal $name', ({ kind }) => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s has the ranks save and end', async (name) => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 400 --global-batch 16 ${small} --epochs 100000 --out run`
    const stopped = await on(kind, 2, cwd, line, { signal: { name, after: 'epoch      2/' } })
    expect(stopped.stdout).toMatch(/^stopped (in|after) epoch \d+ and saved\. To continue: convoke train --resume/m)
    expect(stopped.stderr).toContain('finishing the step and saving')
    expect(stopped.left).toBe(0)
    const state = train.decodeTrainingState(await readFile(join(cwd, 'run/last.safetensors')))
    expect(state.progress.step).toBeGreaterThan(2 * 15)
  })
})

describe.skipIf(kinds.length === 0)('on ranks of one MPI', () => {
  it('a rank takes as many examples as one process by itself, and a step those of all', async () => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 60 --epochs 1 --batch-size 8 ${small} --out run`
    const { stdout } = await on(any, 2, cwd, line, { env: { npm_command: 'exec' } })
    expect(stdout).toContain('npx stops at Ctrl-C before the run is saved')
    const config = JSON.parse(await readFile(join(cwd, 'run/config.json'), 'utf8'))
    expect(config.training.batchSize).toBe(16)
  })

  it('choose makes the same table', async () => {
    const cwd = await folder()
    const line =
      'choose classify --data digits --examples 80 --epochs 1 --kernels 1,3 --counts 2,4 --depths 1 --size 12 --threads 1 --json'
    const one = await convoke(cwd, ...words(`${line} --out one`))
    const ranks = await on(other, 3, cwd, `${line} --out three`)
    const table = ({ stdout }: Ran): unknown => {
      const { rows, recommended, test } = JSON.parse(stdout) as {
        rows: { name: string; accuracy: number; trials: { loss: number }[] }[]
        recommended: string
        test: unknown
      }
      return { recommended, test, rows: rows.map(({ name, accuracy, trials }) => [name, accuracy, trials[0].loss]) }
    }
    expect(table(ranks)).toEqual(table(one))
  })

  describe('predict prints what one process prints', () => {
    /** Five pictures, and something that is none. */
    const pictures = async (path: string): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at * (i + 3) * 7) % 251)
        await writePng(join(path, `${i}.png`), { shape: [32, 32, 3], data })
      }
      await writeFile(join(path, '5.png'), 'no picture')
    }

    const text = Array.from({ length: 150 }, (_, i) => (i % 7 === 3 ? '' : `the film number ${i} is not bad .`)).join(
      '\n',
    )
    const series = Array.from({ length: 9 }, (_, row) =>
      Array.from({ length: 32 }, (_, i) => (row === 4 && i === 0 ? 'x' : Math.sin(i * (row + 1)).toFixed(3))).join(','),
    ).join('\n')

    it.each([
      ['text', '--data sentences --examples 60', 'predict run -', text],
      [
        'sequence',
        '--data adding --examples 40 --length 16 --threads 1',
        'predict run series.csv missing.csv',
        undefined,
      ],
      ['detect', '--data shapes --examples 12 --size 32', 'predict run pictures missing.png --out found', undefined],
      ['classify', `--data digits --examples 40 ${small}`, 'predict run pictures --json', undefined],
    ] as const)('of a network for %s', async (task, options, line, input) => {
      const cwd = await folder()
      await pictures(join(cwd, 'pictures'))
      await writeFile(join(cwd, 'series.csv'), `${series}\n`)
      await writeFile(join(cwd, 'text.txt'), `${text}\n`)
      const trained = await convoke(cwd, ...words(`train ${task} ${options} --epochs 1 --out run`))
      expect(trained.code).toBe(0)
      const alone = await convoke(cwd, ...words(line.replace(' -', input === undefined ? ' -' : ' text.txt')))
      const shared = await on(task === 'text' ? any : other, 3, cwd, line, input === undefined ? {} : { input })
      const own = (stderr: string): string[] => stderr.split('\n').filter((one) => one.startsWith('convoke:'))
      expect([shared.code === 0, shared.stdout.trim()]).toEqual([alone.code === 0, alone.stdout.trim()])
      expect(own(shared.stderr)).toEqual(own(alone.stderr))
      expect(alone.stdout.split('\n').length).toBeGreaterThan(5)
    })
  })
})

it.skipIf(kinds.length === 0)(
  'a rank that is killed ends the job, and the run goes on from its checkpoint',
  async () => {
    const { kills, slowest } = await killRanks({ count: 4, seed: 3 })
    expect(kills).toBe(4)
    expect(slowest).toBeLessThan(10_000)
  },
)
