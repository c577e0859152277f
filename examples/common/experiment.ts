// What the examples with figures share: their options, where the data lies, progress, and the line that says what was
// reached.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { currentBackend, setThreads, threads, type train } from 'convoke'
import { cachedDataset } from 'convoke/node'

export interface Experiment {
  readonly name: string
  /** A small share of the work, in seconds: to see that all of it runs. */
  readonly quick: boolean
  readonly seed: number
  /** Folder for pictures and weights. */
  readonly out: string
  /** The values of the options that only this experiment has. */
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  /** Seconds since the experiment began. */
  seconds(): number
}

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly default?: string | boolean }>>

/**
 * Reads `--quick`, `--seed 1`, `--threads 2`, `--out out/NAME` and what `own` adds, and sets the threads. The same seed
 * gives the same figures, whatever the threads.
 */
export function experiment(name: string, own: Options = {}): Experiment {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string' },
      out: { type: 'string', default: `out/${name}` },
      ...own,
    },
  }) as { values: Record<string, string | boolean | undefined> }
  if (values['threads'] !== undefined) setThreads(Number(values['threads']))
  const started = performance.now()
  return {
    name,
    quick: values['quick'] === true,
    seed: Number(values['seed']),
    out: String(values['out']),
    values,
    seconds: () => (performance.now() - started) / 1000,
  }
}

/** Where the data sets lie: ../shared/data beside the repository, which is two folders above the built example. */
const dataRoot = new URL('../../../shared/data/', import.meta.url)

/** Where those come from that `convoke data download` does not fetch, and how their files are laid out. */
const byHand: Readonly<Record<string, string>> = {
  'isbi-membrane':
    'Take the training part of the ISBI 2012 challenge (imagej.net/events/isbi-2012-segmentation-challenge), and write its 30 slices as image/0.png to image/29.png and their labels as label/0.png to label/29.png',
}

/**
 * The folder of a data set: beside the repository, or where `convoke data download` keeps it. Ends the program with one
 * line that says how to get it where it is missing.
 */
export async function dataFolder(name: string): Promise<string> {
  const folder = fileURLToPath(new URL(`${name}/`, dataRoot))
  if (existsSync(folder)) return folder
  const hand = byHand[name]
  const downloaded = hand === undefined ? await cachedDataset(name) : null
  if (downloaded !== null) return downloaded
  const how = hand === undefined ? `Run \`npx convoke data download ${name}\`, or put its files` : `${hand},`
  console.error(`The data set ${name} is not here. ${how} into ${folder}.`)
  process.exit(1)
}

/** Writes over the line before it on a terminal; writes nothing elsewhere. */
export function showStatus(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

/** Prints each epoch, and on a terminal each step, with the time left. For `onEvent` of `train.fit`. */
export function progressOf(epochs: number, measures: readonly string[] = []): (event: train.TrainingEvent) => void {
  const started = performance.now()
  return (event) => {
    const seconds = (performance.now() - started) / 1000
    if (event.type === 'step') {
      const done = event.epoch - 1 + event.batch / event.batches
      const left = (seconds / done) * (epochs - done)
      showStatus(
        `epoch ${event.epoch}/${epochs} · step ${event.batch}/${event.batches} · loss ${event.loss.toFixed(4)} · ${left.toFixed(0)} s left`,
      )
    } else if (event.type === 'epoch') {
      showStatus('')
      const { epoch, loss, validation } = event.record
      const measured = measures.map((name) => ` · ${name} ${(validation?.[name] ?? Number.NaN).toFixed(4)}`).join('')
      console.log(`epoch ${epoch}/${epochs} · loss ${loss.toPrecision(4)}${measured} · ${seconds.toFixed(0)} s`)
    }
  }
}

export interface Figure {
  readonly what: string
  readonly reached: number
  readonly asked: number
  /** Whether less is better, as of a loss. */
  readonly less?: boolean
  /** Numbers learned. */
  readonly parameters: number
}

const shown = (value: number, less: boolean): string => (less ? value.toExponential(2) : `${(100 * value).toFixed(2)}%`)

/** Prints what was reached. The program ends with 1 where it is less than asked, but for a quick run. */
export function report(run: Experiment, { what, reached, asked, less = false, parameters }: Figure): void {
  const good = less ? reached <= asked : reached >= asked
  console.log(
    `${run.name}: ${what} ${shown(reached, less)} (asked: ${shown(asked, less)} or ${less ? 'less' : 'more'})${run.quick ? ', a quick run' : good ? ', reached' : ', not reached'}`,
  )
  console.log(
    `${parameters.toLocaleString('en')} parameters · ${run.seconds().toFixed(0)} s · ${threads()} thread${threads() === 1 ? '' : 's'} of ${currentBackend().name} · seed ${run.seed}`,
  )
  if (!good && !run.quick) process.exitCode = 1
}
