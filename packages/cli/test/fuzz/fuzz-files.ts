// Reads mutated files: each must be taken or refused with a `ConvokeError`, soon, and without memory that its bytes do not
// explain. A case is a format, a seed and a number, and can be tried alone.

import { randomSource } from 'convoke'
import { ConvokeError } from 'convoke/shapes'
import type { Format } from './formats.ts'
import { mutated } from './mutate.ts'

export interface FileFailure {
  readonly format: string
  readonly index: number
  readonly problem: string
}

export interface FilePlan {
  readonly formats: readonly Format[]
  readonly seed: number
  /** Cases of each format. */
  readonly count: number
  /** This case of each format alone. */
  readonly only?: number | undefined
  /** Failures after which it is enough. */
  readonly most: number
}

/** Milliseconds of processors that reading a file of a few kilobytes may take, and bytes that it may come to hold. */
const limits = { time: 2000, memory: 128 * 2 ** 20 }

/** FNV-1a, so that each case has random numbers of its own, and each format other ones. */
const hashOf = (text: string): number =>
  [...text].reduce((hash, sign) => Math.imul(hash ^ sign.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5)

/** The bytes of a case. */
export function caseOf(format: Format, samples: readonly Uint8Array[], seed: number, index: number): Uint8Array {
  const random = randomSource(hashOf(`${format.name} ${seed} ${index}`))
  const sample = samples[random.integer(samples.length)]
  return format.change?.(random, sample) ?? mutated(random, sample, format.json === true)
}

const peak = (): number => process.resourceUsage().maxRSS * 1024

/** What is wrong with how a case was read; null where nothing is. */
export async function problemOf(format: Format, bytes: Uint8Array): Promise<string | null> {
  const [started, before] = [process.cpuUsage(), peak()]
  let problem: string | null = null
  try {
    await format.read(bytes)
  } catch (error) {
    if (!(error instanceof ConvokeError))
      problem = error instanceof Error ? (error.stack ?? error.message) : String(error)
    else if (error.message.length > 20_000) problem = `a message of ${error.message.length} signs`
  }
  const { user, system } = process.cpuUsage(started)
  const [time, memory] = [(user + system) / 1000, peak() - before]
  if (time > (format.time ?? limits.time)) problem ??= `it took ${(time / 1000).toFixed(1)} s for ${bytes.length} bytes`
  if (memory > limits.memory) problem ??= `it took ${Math.round(memory / 2 ** 20)} MiB for ${bytes.length} bytes`
  return problem
}

export async function fuzzFiles(
  plan: FilePlan,
  failed: (failure: FileFailure) => void = () => {},
): Promise<FileFailure[]> {
  const failures: FileFailure[] = []
  for (const format of plan.formats) {
    const samples = await format.samples()
    const count = Math.ceil(plan.count / (format.every ?? 1))
    const indices = plan.only === undefined ? Array.from({ length: count }, (_, i) => i) : [plan.only]
    for (const index of indices) {
      const problem = await problemOf(format, caseOf(format, samples, plan.seed, index))
      if (problem === null) continue
      const failure = { format: format.name, index, problem }
      failures.push(failure)
      failed(failure)
      if (failures.length >= plan.most) return failures
    }
  }
  return failures
}
