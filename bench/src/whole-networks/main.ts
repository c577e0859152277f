// Whole networks, from the same ONNX file, beside ONNX Runtime: each engine in a process of its own, turn by turn.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConvokeError, check, largestOf } from 'convoke/shapes'
import type { Family } from '../contender.ts'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { geometricMean, median } from '../statistics.ts'
import { type WholeNetwork, wholeNetworks } from './networks.ts'
import type { WholeEngine, WholeMessage, WholeQuestion, WholeTask } from './task.ts'

/** Engines whose results are compared, the first being ours. */
const pairs: Readonly<Record<Family, readonly [WholeEngine, WholeEngine]>> = {
  native: ['convoke native', 'onnxruntime-node'],
  wasm: ['convoke wasm', 'onnxruntime-web'],
}

/** Asked of the networks together, and of each, where nothing else is said. */
const asked = { native: { mean: 1.6, each: 1.1 }, wasm: { mean: 2, each: 1.2 } } as const

/** Relative to the largest result. */
const largestDifference = 1e-3

interface Running {
  readonly process: ChildProcess
  readonly first: number
  readonly result: readonly number[]
  readonly times: number[]
  memory: number | undefined
}

const answer = (child: ChildProcess): Promise<WholeMessage> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null): void =>
      reject(new ConvokeError(`bench: the measuring process ended early (${signal ?? `exit code ${code}`}).`))
    child.once('exit', ended)
    child.once('message', (message: WholeMessage) => {
      child.off('exit', ended)
      resolve(message)
    })
  })

async function start(task: WholeTask): Promise<Running> {
  const child = fork(fileURLToPath(new URL('./whole-network.js', import.meta.url)), [JSON.stringify(task)])
  const message = await answer(child)
  if (message.kind === 'first')
    return { process: child, first: message.ms, result: message.result, times: [], memory: undefined }
  child.kill()
  throw new ConvokeError(
    `bench: ${task.engine}: ${message.kind === 'failed' ? message.reason : 'it answered out of turn.'}`,
  )
}

async function take(running: Running, runs: number, keep: boolean): Promise<void> {
  const question: WholeQuestion = { runs }
  running.process.send(question)
  const message = await answer(running.process)
  if (message.kind !== 'times') return
  running.memory = message.memory
  if (keep) for (const time of message.times) running.times.push(time)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Row {
  readonly name: string
  readonly batch: number
  readonly own: Running
  readonly peer: Running
  readonly ratio: number
  readonly asked: number
}

async function measure(
  network: WholeNetwork,
  file: string,
  family: Family,
  threads: number,
  batch: number,
  quick: boolean,
): Promise<Row> {
  const tasks = pairs[family].map(
    (engine): WholeTask => ({ engine, file, shape: network.shape(batch), below: network.below, threads }),
  )
  const engines: Running[] = []
  try {
    for (const task of tasks) engines.push(await start(task))
    const [own, peer] = engines
    // Of probabilities that are all next to nothing, differences count as they are.
    const largest = Math.max(largestOf(peer.result.map(Math.abs)), 1e-3)
    const off = largestOf(peer.result.map((value, i) => Math.abs(value - own.result[i]))) / largest
    check(off <= largestDifference, () => `bench: ${network.name}: the results differ by ${off} of the largest.`)
    const rounds = quick ? 2 : 5
    for (let round = -1; round < rounds; round++) {
      for (const engine of engines) {
        // Threads of ONNX Runtime look for work for a while after a run, on a core of their own.
        await pause(60)
        const slow = engine.times.length > 0 && median(engine.times) > 400
        await take(engine, quick || slow || round < 0 ? 2 : 5, round >= 0)
      }
    }
    const ratio = median(peer.times) / median(own.times)
    return { name: network.name, batch, own, peer, ratio, asked: family === 'native' ? network.asked : asked.wasm.each }
  } finally {
    for (const engine of engines) engine.process.kill()
  }
}

const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1)
const mebibytes = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(0))

function lines(title: string, rows: readonly Row[], family: Family): string[] {
  const mean = geometricMean(rows.map(({ ratio }) => ratio))
  const verdict = (ratio: number, least: number): string => `${least}× ${ratio >= least ? 'reached' : 'not reached'}`
  return [
    ...columns([
      [title, 'Convoke, ms', `${pairs[family][1]}, ms`, 'ratio', 'first, ms', 'its first', 'MiB', 'its MiB', 'asked'],
      ...rows.map(({ name, batch, own, peer, ratio, asked: least }) => [
        ...[`${name}, batch ${batch}`, ms(median(own.times)), ms(median(peer.times)), `${ratio.toFixed(2)}×`],
        ...[own.first.toFixed(0), peer.first.toFixed(0), mebibytes(own.memory), mebibytes(peer.memory)],
        verdict(ratio, least),
      ]),
      ...(rows.length > 1
        ? [['geometric mean', '', '', `${mean.toFixed(2)}×`, '', '', '', '', verdict(mean, asked[family].mean)]]
        : []),
    ]),
  ]
}

/** Runs the benchmark: a table for each family and number of threads. */
export async function wholeNetworkRows(
  { filter }: { readonly filter: string | undefined },
  families: readonly Family[],
  threads: readonly number[],
  quick: boolean,
): Promise<void> {
  const chosen = wholeNetworks.filter(({ name }) => new RegExp(filter ?? '', 'iu').test(name))
  check(
    chosen.length > 0,
    () =>
      `bench: no network matches --filter ${JSON.stringify(filter)}. There are: ${wholeNetworks.map(({ name }) => name).join(', ')}.`,
  )
  const folder = mkdtempSync(join(tmpdir(), 'convoke-bench-'))
  try {
    const files = new Map<WholeNetwork, string>()
    for (const network of chosen) {
      say(`writing ${network.name}`)
      const bytes = network.file()
      const path = join(folder, `${network.name.replaceAll(/\W/g, '-')}.onnx`)
      if (bytes === undefined) say(`skipped: the file of ${network.name} is not installed`)
      else {
        writeFileSync(path, bytes)
        files.set(network, path)
      }
    }
    for (const family of families) {
      for (const count of threads) {
        const rows: Row[] = []
        for (const [network, file] of files) {
          for (const batch of quick ? [1] : [1, 8]) {
            say(`${network.name}, ${family}, batch ${batch}, ${count} thread${count === 1 ? '' : 's'}`)
            rows.push(await measure(network, file, family, count, batch, quick))
          }
        }
        const title = `${family}, ${count} thread${count === 1 ? '' : 's'}`
        process.stdout.write(`${lines(title, rows, family).join('\n')}\n\n`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
