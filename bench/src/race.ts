// Runs contenders against each other, layer by layer. Knows neither Node nor browser.

import type { Contender, Family, Prepared } from './contender.ts'
import type { Layer } from './layers.ts'
import { type Budget, measureInTurn } from './measure.ts'
import type { Result, Row } from './results.ts'
import { median } from './statistics.ts'
import { verify } from './verify.ts'
import { type Mode, type Workload, workload } from './workload.ts'

export interface RaceOptions {
  readonly layers: readonly Layer[]
  readonly mode: Mode
  readonly batch: number
  readonly budget: Budget
  readonly onProgress: (message: string) => void
}

interface Entrant {
  readonly contender: Contender
  readonly prepared: Prepared | null
  readonly note: string
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]

/** Sets a contender up and checks what it computes. Only those whose result is right are given back prepared. */
async function enter(
  contender: Contender,
  subject: Workload,
  first: readonly Float32Array[] | null,
): Promise<Entrant & { outputs: readonly Float32Array[] | null }> {
  let prepared: Prepared | null = null
  try {
    prepared = await contender.prepare(subject)
    const outputs = await prepared.outputs()
    const wrong = verify(subject, outputs, first)
    if (wrong === null) return { contender, prepared, note: '', outputs }
    await prepared.dispose()
    return { contender, prepared: null, note: wrong, outputs: null }
  } catch (error) {
    await prepared?.dispose()
    return { contender, prepared: null, note: firstLine(error), outputs: null }
  }
}

const timed = (entrant: Entrant): entrant is Entrant & { readonly prepared: Prepared } => entrant.prepared !== null

/** Whether two ways to run an engine come to one: the planner had no choice, and timing it twice would say nothing. */
const sameKernel = (a: Entrant, b: Entrant): boolean =>
  timed(a) &&
  timed(b) &&
  a.contender.family === b.contender.family &&
  a.contender.threads === b.contender.threads &&
  a.prepared.kernel !== '' &&
  a.prepared.kernel === b.prepared.kernel

/** The FMA peak is measured this many times over the rounds of a row, between turns. */
const peakSamples = 4

async function runLayer(contenders: readonly Contender[], layer: Layer, options: RaceOptions): Promise<Row> {
  const { mode, batch, budget } = options
  const subject = workload(layer, mode, batch)
  const entrants: Entrant[] = []
  let first: readonly Float32Array[] | null = null
  for (const contender of contenders.filter((candidate) => candidate.enters(subject))) {
    const { outputs, ...entrant } = await enter(contender, subject, first)
    first ??= outputs
    if (entrants.some((other) => sameKernel(other, entrant))) await entrant.prepared?.dispose()
    else entrants.push(entrant)
  }
  const racing = entrants.filter(timed)
  const judges = racing.filter(({ contender }) => contender.role === 'convoke').map(({ contender }) => contender)
  const peaks = new Map<Family, number[]>(judges.map(({ family }) => [family, []]))
  const every = Math.max(1, Math.floor(budget.rounds / peakSamples))
  const timings = await measureInTurn(
    racing.map(({ prepared }) => prepared),
    budget,
    async (round) => {
      if (round % every !== 0) return
      for (const { family, fmaPeak } of judges) {
        const peak = await fmaPeak?.()
        if (peak !== undefined) peaks.get(family)?.push(peak)
      }
    },
  )
  const results = entrants.map(({ contender, prepared, note }): Result => {
    const { name, family, role, threads } = contender
    const at = racing.findIndex((entrant) => entrant.contender === contender)
    const { kernel = '', algorithm = '' } = prepared ?? {}
    return { contender: name, family, role, threads, kernel, algorithm, timing: timings[at] ?? null, note }
  })
  for (const { prepared } of racing) await prepared.dispose()
  const measured = [...peaks].filter(([, values]) => values.length > 0)
  return {
    ...{ layer: layer.name, set: layer.set, op: layer.op, mode, spec: subject.spec, flops: subject.flops, results },
    peak: Object.fromEntries(measured.map(([family, values]) => [family, median(values)])),
  }
}

/** One row a layer. */
export async function race(contenders: readonly Contender[], options: RaceOptions): Promise<Row[]> {
  const rows: Row[] = []
  for (const [index, layer] of options.layers.entries()) {
    options.onProgress(`${index + 1}/${options.layers.length} ${layer.name}`)
    rows.push(await runLayer(contenders, layer, options))
  }
  return rows
}
