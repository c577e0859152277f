// The command on several ranks, by each MPI that is installed.

import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killRanks, kinds } from '../../test/kills/kills.ts'
import { bin, convoke, folder, type Ran, words } from '../../test/run.ts'

if (kinds.length < 2)
  console.warn('mpirun.openmpi or mpirun.mpich is not here: its tests are skipped. Install openmpi-bin and mpich.')

/** Runs `convoke` on `ranks` ranks. */
const on = (kind: readonly string[], ranks: number, cwd: string, line: string): Promise<Ran & { seconds: number }> => {
  const [program, ...options] = kind
  const started = performance.now()
  return new Promise((resolve) => {
    const args = [...options, '-n', String(ranks), process.execPath, bin, ...words(line)]
    const child = execFile(program, args, { cwd, maxBuffer: 2 ** 26, timeout: 60_000 }, (_, stdout, stderr) => {
      const seconds = (performance.now() - started) / 1000
      resolve({ code: child.exitCode ?? -1, stdout, stderr, seconds })
    })
  })
}

const small = '--size 12 --model-option widths=[4,8] --threads 1'

describe.each(kinds.map((kind) => ({ name: kind[0], kind })))('on ranks of $name', ({ kind }) => {
  it('train, evaluate and predict give one result, as one process does', async () => {
    const cwd = await folder()
    const line = `train segment --data shapes --examples 20 --epochs 2 --global-batch 7 --sync-batch-norm --size 16 --model-option width=4 --model-option depth=1 --threads 1`
    const trained = await on(kind, 3, cwd, `${line} --out together`)
    expect([trained.code, trained.stderr]).toEqual([0, ''])
    expect(trained.stdout.match(/^epoch /gm)?.length).toBe(2)
    expect(trained.stdout).toContain('batches of 7 (3 a rank)')
    expect((await readdir(join(cwd, 'together'))).filter((name) => !name.startsWith('events')).sort()).toEqual([
      ...['best.safetensors', 'config.json', 'last.safetensors', 'metrics.jsonl', 'report.html'],
    ])
    const alone = await convoke(cwd, 'evaluate', 'together', '--json')
    const shared = await on(kind, 3, cwd, 'evaluate together --json')
    expect(JSON.parse(shared.stdout)).toEqual(JSON.parse(alone.stdout))
    await mkdir(join(cwd, 'pictures'))
    await convoke(cwd, 'apply', 'scene', '--kernel', 'identity', '-o', 'pictures/1.png')
    for (const n of [2, 3, 4]) await cp(join(cwd, 'pictures/1.png'), join(cwd, `pictures/${n}.png`))
    const predicted = await on(kind, 3, cwd, 'predict together pictures --out found')
    const same = await convoke(cwd, 'predict', 'together', 'pictures', '--out', 'found')
    expect([predicted.code, predicted.stdout.trim()]).toEqual([0, same.stdout.trim()])
  })

  it('choose makes the same table', async () => {
    const cwd = await folder()
    const line =
      'choose classify --data digits --examples 80 --epochs 1 --kernels 1,3 --counts 2,4 --depths 1 --size 12 --threads 1 --json'
    const one = await convoke(cwd, ...words(`${line} --out one`))
    const ranks = await on(kind, 3, cwd, `${line} --out three`)
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

  it('a run goes on with another number of ranks, and says what differs', async () => {
    const cwd = await folder()
    await on(kind, 2, cwd, `train classify --data digits --examples 60 --epochs 1 --batch-size 8 ${small} --out run`)
    const config = JSON.parse(await readFile(join(cwd, 'run/config.json'), 'utf8'))
    expect(config.training.batchSize).toBe(16)
    const { stdout, code } = await convoke(cwd, 'train', '--resume', '--out', 'run', '--epochs', '2')
    expect(code).toBe(0)
    expect(stdout).toContain('on 1 rank where it was on 2: the batches are the same')
    expect(stdout).toMatch(/^epoch 2\/2/m)
  })

  it('what all ranks refuse is said once; what one refuses ends the job and names it', async () => {
    const cwd = await folder()
    const refused = await on(kind, 3, cwd, 'train classify --data nothing-there --out run')
    expect(refused.code).not.toBe(0)
    expect(refused.stderr.match(/convoke: /g)?.length).toBe(1)
    expect(refused.seconds).toBeLessThan(10)
    // Rank 1 alone finds another table.
    const rows = (count: number): string =>
      Array.from({ length: count }, (_, i) => `a text number ${i},${i % 2}\n`).join('')
    await writeFile(join(cwd, '0.csv'), `text,label\n${rows(40)}`)
    await writeFile(join(cwd, '1.csv'), `text,label\n${rows(30)}`)
    const shell = 'exec "$0" "$1" train text --data "$OMPI_COMM_WORLD_RANK$PMI_RANK.csv" --epochs 1 --out run'
    const [program, ...options] = kind
    const ran = await new Promise<Ran>((resolve) => {
      const args = [...options, '-n', '2', 'sh', '-c', shell, process.execPath, bin]
      const child = execFile(program, args, { cwd, timeout: 30_000 }, (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr })
      })
    })
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toContain('rank 1 reads')
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
