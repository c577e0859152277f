// A training on several ranks of which one is killed, at any moment: the job ends soon, nothing of it is left running, and the last
// checkpoint is whole and gone on with.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RandomSource, randomSource, train } from 'convoke'
import { check } from 'convoke/shapes'

const launchers = [['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe'], ['mpirun.mpich']] as const

export const kinds = launchers.filter(([name]) => spawnSync(name, ['--version']).status === 0)

export interface KillsOptions {
  readonly count: number
  readonly seed: number
  /** The command: bin/convoke.js. */
  readonly bin?: string | undefined
  readonly log?: ((line: string) => void) | undefined
}

export interface KillsResult {
  readonly kills: number
  /** Kills of a job that had saved something by then. */
  readonly resumable: number
  /** Steps that the run had taken in the end. */
  readonly steps: number
  readonly slowest: number
}

/** Milliseconds within which a job has to end. */
const longest = 10_000

/** Processes with this mark in their environment, but for mpirun and what it starts ranks with. */
export function ranksWith(mark: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const marked = readFileSync(`/proc/${name}/environ`, 'latin1').includes(mark)
      const isRank = marked && readFileSync(`/proc/${name}/cmdline`, 'latin1').startsWith(process.execPath)
      const isGone = isRank && /^State:\s+[ZX]/m.test(readFileSync(`/proc/${name}/status`, 'latin1'))
      return isRank && !isGone ? [Number(name)] : []
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Milliseconds until `done`, or a little more than `most`. While this process sleeps, as of a machine that is closed or a `kill -STOP`, none pass. */
async function awakeUntil(done: () => boolean, most: number): Promise<number> {
  let spent = 0
  while (!done() && spent <= most) {
    const before = performance.now()
    await wait(20)
    spent += Math.min(performance.now() - before, 200)
  }
  return spent
}

interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  readonly said: () => string
}

function start(launcher: readonly string[], ranks: number, mark: string, command: readonly string[]): Started {
  const [program, ...options] = launcher
  const env = { ...process.env, CONVOKE_MARK: mark, NO_COLOR: '1' }
  const child = spawn(program, [...options, '-n', String(ranks), process.execPath, ...command], { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return { child, ended, said: () => said }
}

/** What a run has saved; null before the first checkpoint. Throws for a checkpoint that is not whole. */
function savedIn(run: string): train.Progress | null {
  const last = join(run, 'last.safetensors')
  return existsSync(last) ? train.decodeTrainingState(readFileSync(last)).progress : null
}

/** One run, killed `count` times and gone on with by whatever number of ranks, of each MPI in turn. Throws for anything that must not be. */
export async function killRanks({ count, seed, bin, log }: KillsOptions): Promise<KillsResult> {
  check(kinds.length > 0, () => 'kills: neither mpirun.openmpi nor mpirun.mpich is here. Install openmpi-bin or mpich.')
  const random = randomSource(seed)
  const folder = await mkdtemp(join(tmpdir(), 'convoke-kills-'))
  const state = { run: join(folder, 'run'), mark: `convoke-kills-${process.pid}-${seed}`, bin: bin ?? usualBin }
  let [resumable, slowest] = [0, 0]
  try {
    for (let kill = 0; kill < count; kill++) {
      const before = savedIn(state.run)
      const told = await killOnce({ ...state, launcher: kinds[kill % kinds.length] }, random, before)
      const after = savedIn(state.run)
      check(
        (after?.step ?? 0) >= (before?.step ?? 0),
        () => `kills: the checkpoint of step ${before?.step} became one of step ${after?.step}. ${told.what}`,
      )
      if (after !== null) resumable++
      slowest = Math.max(slowest, told.milliseconds)
      log?.(
        `${kill + 1}/${count}  ${told.what}; ended after ${Math.round(told.milliseconds)} ms; saved: step ${after?.step ?? 'none'}`,
      )
    }
    return { kills: count, resumable, steps: savedIn(state.run)?.step ?? 0, slowest }
  } finally {
    for (const pid of ranksWith(state.mark)) process.kill(pid, 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

const usualBin = fileURLToPath(new URL('../../bin/convoke.js', import.meta.url))

interface Job {
  readonly run: string
  /** In the environment of its ranks. */
  readonly mark: string
  readonly bin: string
  readonly launcher: readonly string[]
}

interface Killed {
  readonly what: string
  readonly milliseconds: number
}

async function killOnce(
  { run, mark, bin, launcher }: Job,
  random: RandomSource,
  before: train.Progress | null,
): Promise<Killed> {
  const ranks = 2 + random.integer(3)
  const small = ['--size', '12', '--model-option', 'widths=[4,8]', '--threads', '1', '--save-every', '3']
  const fresh = [
    'classify',
    '--data',
    'digits',
    '--examples',
    '400',
    '--epochs',
    '100000',
    '--global-batch',
    '16',
    ...small,
  ]
  const resumes = existsSync(join(run, 'config.json'))
  const command = [bin, 'train', ...(resumes ? ['--resume', '--threads', '1'] : fresh), '--out', run]
  const job = start(launcher, ranks, mark, command)
  try {
    return await endOf(job, [launcher[0], `${ranks} ranks`, resumes ? 'resumed' : 'begun'], {
      run,
      mark,
      random,
      before,
    })
  } finally {
    if (job.child.exitCode === null) job.child.kill('SIGKILL')
  }
}

interface Ending {
  readonly run: string
  readonly mark: string
  readonly random: RandomSource
  readonly before: train.Progress | null
}

/** Kills a rank of a job, and sees to it that nothing is left. */
async function endOf(job: Started, words: readonly string[], { run, mark, random, before }: Ending): Promise<Killed> {
  // Half of them while MPI, the data and plans are being made ready, the others while it trains.
  const until = random.uniform() < 0.5 ? 0 : 30_000
  const waited = performance.now()
  const goesOn = (): boolean => (savedIn(run)?.step ?? 0) > (before?.step ?? 0)
  while (performance.now() - waited < until && job.child.exitCode === null && !goesOn()) await wait(50)
  await wait(random.uniform() * 2000)
  const pids = ranksWith(mark)
  const what = [...words, until === 0 ? 'killed early' : 'killed in training'].join(', ')
  check(job.child.exitCode === null, () => `kills: the job ended by itself. ${what}\n${job.said()}`)
  if (pids.length > 0) process.kill(pids[random.integer(pids.length)], 'SIGKILL')
  else job.child.kill('SIGKILL')
  const result: { code?: number | null } = {}
  void job.ended.then((code) => {
    result.code = code
  })
  const milliseconds = await awakeUntil(() => result.code !== undefined, longest)
  check(result.code !== undefined, () => `kills: the job has not ended after ${longest} ms. ${what}\n${job.said()}`)
  check(result.code !== 0, () => `kills: the job ended as if all were well. ${what}\n${job.said()}`)
  await awakeUntil(() => ranksWith(mark).length === 0, longest - milliseconds)
  check(ranksWith(mark).length === 0, () => `kills: ${ranksWith(mark).length} ranks are left behind. ${what}`)
  return { what, milliseconds }
}
