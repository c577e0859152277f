// Training on two ranks of one thread each beside one process of one thread, in turns.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { check } from 'convoke/shapes'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { median } from '../statistics.ts'
import { programOf, type RankCase, type RankResult } from './program.ts'

const cases: readonly (RankCase & { readonly wanted: number })[] = [
  {
    name: 'ResNet-18 64², batch 16 a rank',
    options: { classes: 10, stem: 'imagenet' },
    size: 64,
    batch: 16,
    wanted: 1.7,
  },
  { name: 'the same with a 3×3 stem', options: { classes: 10, stem: 'small' }, size: 64, batch: 16, wanted: 1.9 },
]

const launchers = [['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe'], ['mpirun.mpich']] as const

// Of the bundle, in bench/dist.
const folder = fileURLToPath(new URL('..', import.meta.url))

function ran(command: readonly string[]): RankResult {
  const [program, ...args] = command
  const { stdout, stderr, status } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
  check(status === 0, () => `bench: ${program} ended with ${status}: ${stderr.trim().split('\n')[0]}`)
  return JSON.parse(stdout) as RankResult
}

/** Rows whose names match; in quick mode fewer steps and turns. */
export async function ranks(filter: string | undefined, quick: boolean): Promise<void> {
  const here = launchers.filter(([name]) => spawnSync(name, ['--version']).status === 0)
  check(here.length > 0, () => 'bench: neither mpirun.openmpi nor mpirun.mpich is here. Install openmpi-bin and mpich.')
  const [steps, turns] = quick ? [8, 1] : [20, 3]
  const rows: string[][] = [
    [
      'network',
      'one, examples/s',
      'two',
      'ratio',
      'wanted',
      'MiB one',
      'MiB a rank',
      'ratio (1.10)',
      'gradients',
      'MPI',
    ],
  ]
  for (const one of cases.filter(({ name }) => filter === undefined || name.includes(filter))) {
    for (const launcher of here) {
      say(`${one.name}, ${launcher[0]}`)
      const node = [process.execPath, '--input-type=module', '-e', programOf(one, steps)]
      const pairs = Array.from({ length: turns }, () => ({
        alone: ran(node),
        two: ran([...launcher, '-n', '2', ...node]),
      }))
      const of = (pick: (pair: (typeof pairs)[number]) => number): number => median(pairs.map(pick))
      rows.push([
        one.name,
        of(({ alone }) => alone.rate).toFixed(1),
        of(({ two }) => two.rate).toFixed(1),
        of(({ alone, two }) => two.rate / alone.rate).toFixed(2),
        one.wanted.toFixed(1),
        of(({ alone }) => alone.memory).toFixed(0),
        of(({ two }) => two.memory).toFixed(0),
        of(({ alone, two }) => two.memory / alone.memory).toFixed(2),
        `${of(({ alone }) => alone.megabytes).toFixed(0)} MB`,
        launcher[0],
      ])
    }
  }
  process.stdout.write(`${columns(rows).join('\n')}\n`)
}
