// Eight hosts that train: what is measured of them beside the model.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Network, ScaledStep, StepTrace } from 'convoke/scale'
import { onHosts } from './hosts.ts'
import type { SleptStep } from './measure.ts'

export const hostCount = 8

// From the sources, and from the bundle in bench/dist.
const program = fileURLToPath(new URL('src/scale/emulate.mjs', import.meta.url.replace(/\/bench\/.*$/, '/bench/')))

export interface Emulated {
  readonly ranks: number
  /** Seconds of a step without communication, and with it. */
  readonly alone: number
  readonly seconds: number
  /** Seconds of the sums with nothing else to do. */
  readonly communication: number
  readonly network: Network
  readonly model: ScaledStep
}

async function withFile<T>(value: unknown, use: (path: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-step-'))
  try {
    const path = join(folder, 'step.json')
    writeFileSync(path, JSON.stringify(value))
    return await use(path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What one rank asks of the others in a step. */
export const recordEmulated = (step: SleptStep): Promise<StepTrace> =>
  withFile(
    step,
    (path) => JSON.parse(execFileSync(process.execPath, [program, path], { encoding: 'utf8' })) as StepTrace,
  )

/** `steps` of a step on hosts that are joined at `rate`; ends by an error after `limit` seconds. */
export const emulate = (
  step: SleptStep,
  trace: StepTrace,
  { rate, steps, limit }: { readonly rate: string; readonly steps: number; readonly limit: number },
): Promise<Emulated> =>
  withFile({ ...step, trace }, async (path) => {
    const command = [process.execPath, program, path, String(steps)]
    return JSON.parse(await onHosts({ hosts: hostCount, rate, command, limit })) as Emulated
  })

/** Share of the communication that does not lengthen the step. */
export const hiddenShare = ({ alone, seconds, communication }: Emulated): number =>
  Math.max(0, 1 - (seconds - alone) / communication)
