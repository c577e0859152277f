// What a checkpoint and the log of a run must be before they are believed: they are files, and files are damaged, edited and
// made by others.

import * as v from 'valibot'
import { ConvokeError } from '../shapes/error.ts'
import type { EpochRecord, Progress } from './checkpoint.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const fromOne = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const finite = v.pipe(v.number(), v.finite())

/** NaN and infinities are written as words; an earlier Convoke and the log of metrics write null, as JSON does. */
const any = (instead: number) =>
  v.pipe(
    v.nullable(v.union([v.number(), v.nan()])),
    v.transform((value) => value ?? instead),
  )

const readNumber = (_key: string, value: unknown): unknown =>
  value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value

const epochRecord = v.looseObject({
  epoch: fromOne,
  step: count,
  loss: any(Number.NaN),
  validation: v.nullable(v.record(v.string(), any(Number.NaN))),
  seconds: v.pipe(finite, v.minValue(0)),
  waiting: v.optional(v.pipe(finite, v.minValue(0))),
  factor: v.optional(finite),
})

const progress = v.looseObject({
  version: v.literal(1),
  seed: finite,
  batchSize: fromOne,
  ranks: v.optional(fromOne),
  epoch: count,
  batch: count,
  step: count,
  lossTotal: finite,
  lossCount: v.pipe(finite, v.minValue(0)),
  history: v.array(epochRecord),
  best: v.nullable(v.looseObject({ epoch: fromOne, score: any(Number.NEGATIVE_INFINITY) })),
})

/** A record of an epoch, or null for what is none. */
export function epochRecordOf(value: unknown): EpochRecord | null {
  const result = v.safeParse(epochRecord, value)
  return result.success ? (result.output as EpochRecord) : null
}

/** The progress in the text of a checkpoint. Throws `ConvokeError` for what is none. */
export function parseProgress(text: string): Progress {
  let value: unknown
  try {
    value = JSON.parse(text, readNumber)
  } catch {
    throw new ConvokeError(
      'checkpoint: the state of the training is not JSON: the file is damaged. Train from the start.',
    )
  }
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined
  if (typeof version === 'number' && version !== 1)
    throw new ConvokeError(
      `checkpoint: the file has version ${version}; this Convoke reads version 1. Use the version that wrote it.`,
    )
  const result = v.safeParse(progress, value)
  if (result.success) return result.output as Progress
  const [issue] = result.issues
  throw new ConvokeError(
    `checkpoint: ${v.getDotPath(issue) ?? 'the state of the training'} is ${issue.received}; ${issue.expected ?? 'something else'} is expected. The file is damaged: train from the start, or load its weights alone.`,
  )
}
