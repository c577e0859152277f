// `convoke bench`: how long a model takes, who runs it, and how much memory that needs.

import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { check, smallestOf } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
import { readNumber } from '../options/numbers.ts'
import { bold, print, printJson } from '../terminal/output.ts'
import { breathe, startProgress } from '../terminal/progress.ts'
import { bytes, table } from '../terminal/table.ts'
import { agreeing, differenceOf } from './agreement.ts'
import type { Contender, Input, Output, Ready, Setting, Subject } from './contender.ts'
import { contendersFor, subjectOf, subjectWith } from './contenders.ts'

export interface BenchText {
  readonly batch: string
  readonly threads: string
  readonly backends: string
  readonly size: string
  readonly seconds: string
  readonly beside: string
  readonly memory: boolean
  readonly json: boolean
  /** A contender and a setting to run alone, for its memory. */
  readonly probe?: string
}

interface Measured extends Setting {
  readonly name: string
  /** Milliseconds of a run for each example in it; null where it does not run. */
  readonly milliseconds: number | null
  readonly runs: number
  /** The most memory of a process that does nothing else, in bytes. */
  readonly memory: number | null
  /** Why it does not run. */
  /** The largest difference from the results of the first one, over their largest value; null for the first, and where shapes differ. */
  readonly difference: number | null
  readonly remarks: readonly string[]
  readonly failure?: string | undefined
}

const counts = (name: string, text: string): number[] =>
  text.split(',').map((one) => readNumber(name, one.trim(), { least: 1, most: 4096, whole: true })!)

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export async function runBench(path: string, text: BenchText): Promise<void> {
  if (!existsSync(path)) throw fileProblem(Object.assign(new Error(), { code: 'ENOENT' }), path)
  const names = text.backends.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !['native', 'wasm', 'reference'].includes(name))
  if (unknown !== undefined) throw new UsageError(`--backends has ${unknown}. Known: native, wasm, reference.`)
  const settings = counts('batch', text.batch).flatMap((batch) =>
    counts('threads', text.threads).map((threads) => ({ batch, threads })),
  )
  const seconds = readNumber('seconds', text.seconds, { least: 0.01, most: 3600 })!
  const size = readNumber('size', text.size, { least: 1, whole: true })!
  if (text.probe !== undefined) return probe(path, names, text)
  const subject = await subjectOf(path, size)
  const { contenders, notes } = contendersFor(subject, names, text.beside)
  check(contenders.length > 0, () => `no run-time here can run ${path}: ${notes.join('; ')}.`)
  const bar = await startProgress('measuring', settings.length)
  const all: Measured[] = []
  for (const setting of settings) {
    const found = await inTurn(subject, contenders, setting, seconds)
    for (const one of found)
      all.push(text.memory && one.milliseconds !== null ? await withMemory(subject, text, one) : one)
    bar.advance(1)
  }
  bar.stop()
  if (text.json) printJson({ model: path, inputs: subject.inputs(1), results: all, notes })
  else print([...render(path, subject, all), ...notes].join('\n'))
}

/** Each contender once, then each again, until the time is over: what slows the machine slows all of them. */
async function inTurn(
  subject: Subject,
  contenders: readonly Contender[],
  setting: Setting,
  seconds: number,
): Promise<Measured[]> {
  const inputs = subject.inputs(setting.batch)
  const ready: Started[] = []
  // One after the other: each chooses a backend and the number of its threads.
  for (const { name, asWritten, prepare } of contenders) {
    try {
      const { go, remark } = await prepare(setting, inputs)
      const outputs = await go()
      const told = remark()
      ready.push({
        ...{ name, asWritten, go, outputs, times: [], failure: undefined },
        remarks: told === null ? [] : [told],
      })
    } catch (error) {
      const failure = error instanceof Error ? error.message.split('\n')[0] : String(error)
      ready.push({ name, asWritten, go: null, outputs: null, remarks: [], times: [], failure })
    }
  }
  const until = performance.now() + 1000 * seconds
  for (let round = 0; round < 3 || performance.now() < until; round++) {
    for (const { go, times } of ready) {
      if (go === null) continue
      const started = performance.now()
      await go()
      times.push(performance.now() - started)
    }
    await breathe()
  }
  return ready.map((one) => {
    const difference = differenceFrom(ready, one, subject.pictures)
    const strays = difference !== null && !(difference <= agreeing)
    return {
      ...{ name: one.name, ...setting, runs: one.times.length, memory: null, failure: one.failure },
      milliseconds: one.times.length === 0 ? null : median(one.times) / setting.batch,
      difference: difference !== null && Number.isFinite(difference) ? difference : null,
      remarks: [...one.remarks, ...(strays ? ['its results differ from the first.'] : [])],
    }
  })
}

interface Started {
  readonly name: string
  readonly asWritten: boolean
  readonly go: Ready['go'] | null
  readonly outputs: readonly Output[] | null
  readonly remarks: readonly string[]
  readonly times: number[]
  readonly failure: string | undefined
}

/** How far results are from those of the first one that has some; null for itself. */
function differenceFrom(all: readonly Started[], one: Started, pictures: readonly boolean[]): number | null {
  const first = all.find(({ outputs }) => outputs !== null)
  if (one.outputs === null || first === undefined || first === one || !first.outputs) return null
  return differenceOf(one.outputs, first.outputs, one.asWritten && !first.asWritten ? pictures : [])
}

/** One contender alone in this process, which looks into the model no further than that needs; prints the most memory it had. */
async function probe(path: string, names: readonly string[], text: BenchText): Promise<void> {
  const { name, batch, threads, inputs } = JSON.parse(text.probe!) as Probe
  const subject = subjectWith(path, () => inputs)
  const one = contendersFor(subject, names, text.beside).contenders.find((contender) => contender.name === name)
  check(one !== undefined, () => `there is nothing called ${name} to measure.`)
  const { go } = await one.prepare({ batch, threads }, inputs)
  for (let i = 0; i < 3; i++) await go()
  printJson({ memory: mostMemory() })
}

interface Probe extends Setting {
  readonly name: string
  readonly inputs: readonly Input[]
}

/** Bytes. Linux counts a parent's memory into what `resourceUsage` tells of a child; its own record does not. */
function mostMemory(): number {
  try {
    const found = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
    if (found !== null) return 1024 * Number(found[1])
  } catch {
    // Other systems have no such file.
  }
  return 1024 * process.resourceUsage().maxRSS
}

function withMemory({ path, inputs }: Subject, text: BenchText, one: Measured): Promise<Measured> {
  const { name, batch, threads } = one
  const asked = JSON.stringify({ name, batch, threads, inputs: inputs(batch) } satisfies Probe)
  const same = ['--backends', text.backends, '--size', text.size, '--beside', text.beside]
  const line = [process.argv[1], 'bench', path, ...same, '--probe', asked]
  return new Promise((resolve) => {
    execFile(process.execPath, line, { maxBuffer: 2 ** 24 }, (error, stdout) => {
      const found = error === null ? (JSON.parse(stdout) as { memory: number }).memory : null
      resolve({ ...one, memory: found })
    })
  })
}

const shown = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0))

function render(path: string, subject: Subject, all: readonly Measured[]): string[] {
  const best = (one: Measured): number =>
    smallestOf(
      all
        .filter(({ batch, threads }) => batch === one.batch && threads === one.threads)
        .map(({ milliseconds }) => milliseconds ?? Number.POSITIVE_INFINITY),
    )
  const rows = all.map((one) => [
    ...[one.name, String(one.batch), String(one.threads)],
    one.milliseconds === null ? '–' : shown(one.milliseconds),
    one.milliseconds === null ? '' : `${(one.milliseconds / best(one)).toFixed(2)}×`,
    ...[one.runs === 0 ? '' : String(one.runs), one.memory === null ? '' : bytes(one.memory)],
    one.difference === null ? '' : one.difference.toExponential(0),
  ])
  const head = ['run by', 'batch', 'threads', 'ms each', 'of the best', 'runs', 'memory', 'differs by']
  const [first, ...rest] = table([head, ...rows], ['left'])
  const inputs = subject.inputs(1).map(({ name, shape }) => `${name} ${shape.join('×')}`)
  const told = all.flatMap(({ name, remarks }) => remarks.map((remark) => `${name}: ${remark}`))
  const failures = all.flatMap(({ name, batch, failure }) =>
    failure === undefined ? [] : [`${name}, batch ${batch}: ${failure}`],
  )
  return [
    `${path}: ${inputs.join(', ')}`,
    ...['', bold(first), ...rest, ''],
    'ms: median time for one example; the rows take turns. memory: peak of a separate process.',
    'differs by: the largest difference from the first row’s results, over their largest value.',
    ...new Set([...told, ...failures]),
  ]
}
