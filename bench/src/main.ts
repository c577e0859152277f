// The benchmark in Node: one process a pass, one report.

import { fork } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ConvokeError, check } from 'convoke/shapes'
import { against } from './against/main.ts'
import { apply } from './apply/main.ts'
import { chromiumAdvice, findChromium, measureInBrowser } from './browser/browser.ts'
import { defaults } from './defaults/main.ts'
import { transforms } from './fft/main.ts'
import { fftConvolutions } from './fft-convolutions/main.ts'
import type { Budget } from './measure.ts'
import { ops } from './ops/main.ts'
import { budgetOf, help, type Options, parseOptions } from './options.ts'
import { pictures } from './pictures/main.ts'
import { ranks } from './ranks/main.ts'
import { recurrent } from './recurrent/main.ts'
import { readReports, writeWhole } from './report/files.ts'
import { machineFacts } from './report/machine.ts'
import { failed, say } from './report/say.ts'
import { chart } from './report/svg.ts'
import { reportLines } from './report/table.ts'
import type { Pass, Report, StepRow } from './results.ts'
import type { PassOptions, PassResult } from './run-pass.ts'
import { scale } from './scale/main.ts'
import { measureStartup } from './startup.ts'
import { stepEngines } from './train-step/engines.ts'
import { fullStepBudget, measureNetwork, quickStepBudget } from './train-step/measure.ts'
import { wholeNetworkRows } from './whole-networks/main.ts'

const passOptions = (options: Options, threads: number): PassOptions => ({
  threads,
  families: options.families,
  layers: options.layers.map(({ name }) => name),
  mode: options.mode,
  batch: options.batch,
  budget: budgetOf(options, threads),
  slowPeers: options.slowPeers,
})

/** Runs one pass in a process of its own. */
function passInNode(options: PassOptions): Promise<PassResult> {
  const child = fork(fileURLToPath(new URL('./pass.js', import.meta.url)), [JSON.stringify(options)])
  return new Promise((resolve, reject) => {
    let result: PassResult | null = null
    child.on('message', (message: PassResult) => {
      result = message
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (result !== null) resolve(result)
      else reject(new ConvokeError(`bench: the measuring process ended early (${signal ?? `exit code ${code}`}).`))
    })
  })
}

async function measure(options: Options, chromium: string | undefined): Promise<Report> {
  const passes: Pass[] = []
  const absent = new Set<string>()
  for (const threads of options.layers.length > 0 ? options.threads : []) {
    const settings = passOptions(options, threads)
    say(`${options.mode}, ${threads} thread${threads === 1 ? '' : 's'}${chromium ? ', in Chromium' : ''}`)
    const measured = chromium
      ? await measureInBrowser(chromium, settings, say)
      : { environment: `node ${process.versions.node}`, ...(await passInNode(settings)) }
    passes.push({ environment: measured.environment, threads, mode: options.mode, rows: measured.rows })
    for (const reason of measured.absent) absent.add(reason)
  }
  const { steps, absent: withoutSteps } = await measureSteps(options)
  for (const reason of withoutSteps) absent.add(reason)
  if (options.startup) say('start-up')
  return {
    version: 1,
    date: new Date().toISOString(),
    machine: machineFacts(),
    passes,
    ...(steps.length > 0 && { steps }),
    startup: options.startup ? await measureStartup(options.quick ? 3 : 10) : null,
    absent: [...absent],
  }
}

async function measureSteps({ networks, families, threads, slowPeers, quick }: Options) {
  const steps: StepRow[] = []
  if (networks.length === 0) return { steps, absent: [] }
  const { engines, absent } = stepEngines(families, threads, slowPeers)
  for (const network of networks) {
    say(`a training step of ${network.name}`)
    steps.push(await measureNetwork(network, engines, quick ? quickStepBudget : fullStepBudget))
  }
  return { steps, absent }
}

/** Turns of transforms are as long as those of layers. */
const fftBudget = (quick: boolean): Budget => budgetOf({ quick, browser: false }, 1)

/** What runs instead of layers, where something does. */
function modeOf({
  against: other,
  apply: files,
  fft,
  ops: single,
  pictures: kernels,
  recurrent: layers,
  defaults: trained,
  mpi,
  scale: hosts,
  wholeNetworks: whole,
  ...options
}: Options) {
  const { quick, families, threads, json } = options
  if (other !== null) return () => against(other.folder, other.filter, quick)
  if (files !== null) return () => apply(files.filter, quick)
  if (kernels !== null) return () => pictures(kernels.filter, quick)
  if (trained !== null) return () => defaults(trained.filter, quick)
  if (mpi !== null) return () => ranks(mpi.filter, quick)
  if (hosts) return () => scale(quick, json, options.from[0])
  if (layers !== null) return () => recurrent(layers, families, threads, quick)
  if (whole !== null) return () => wholeNetworkRows(whole, families, threads, quick)
  if (single !== null) return () => ops(single.filter, quick, json)
  return fft === null ? null : () => spectra(fft.filter, fftBudget(quick))
}

async function spectra(filter: string | undefined, budget: Budget): Promise<void> {
  const found = [await transforms(filter, budget), await fftConvolutions(filter, budget)]
  check(found.includes(true), () => `bench: no row matches --filter ${JSON.stringify(filter)}.`)
}

/** Runs the command line; the exit code is 0, 1 (it failed) or 2 (bad usage). */
export async function main(args: readonly string[]): Promise<number> {
  let options: Options | null
  try {
    options = parseOptions(args, cpus().length)
  } catch (error) {
    say(error instanceof Error ? error.message.replace(/^bench: /, '') : String(error))
    return 2
  }
  if (options === null) {
    process.stdout.write(help)
    return 0
  }
  const chromium = options.browser ? findChromium() : undefined
  if (options.browser && chromium === undefined) {
    say(`skipped: there is no Chromium here. ${chromiumAdvice}.`)
    return 0
  }
  try {
    const other = modeOf(options)
    if (other !== null) {
      await other()
      return 0
    }
    const report = options.from.length > 0 ? readReports(options.from) : await measure(options, chromium)
    process.stdout.write(`${reportLines(report).join('\n')}\n`)
    if (options.json !== null) writeWhole(options.json, `${JSON.stringify(report, null, 1)}\n`)
    if (options.svg !== null) writeWhole(options.svg, chart(report))
    return 0
  } catch (error) {
    return failed(error)
  }
}
