/// <reference types="node" />

// The logs of a run: a line or a record is added at the end of each while it goes on. A crash may cut the last one short,
// and leaves what was measured and not saved: going on from a checkpoint begins by forgetting both.

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readBytes, writeWhole } from '../files/files.ts'
import { eventRecords } from '../formats/tensorboard-read.ts'
import type { EpochRecord } from '../train/checkpoint.ts'
import { epochRecordOf } from '../train/checkpoint-check.ts'

export const metricsIn = (folder: string): string => join(folder, 'metrics.jsonl')

const eventFiles = /^events\.out\.tfevents\./

/** What a log says; nothing where it cannot be read. */
const textOf = async (path: string): Promise<string> =>
  new TextDecoder().decode(await readBytes(path).catch(() => new Uint8Array()))

/** A line of the log, or null for what is no whole record of an epoch. */
function parseLine(line: string): EpochRecord | null {
  try {
    return epochRecordOf(JSON.parse(line))
  } catch {
    return null
  }
}

/** The epochs that a run's folder tells of, in order, each once; lines that are none are ignored. */
export async function readMetrics(folder: string): Promise<EpochRecord[]> {
  const text = await textOf(metricsIn(folder))
  const byEpoch = new Map<number, EpochRecord>()
  for (const line of text.split('\n')) {
    const record = parseLine(line)
    if (record !== null) byEpoch.set(record.epoch, record)
  }
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch)
}

/** Drops from all logs what lies after a checkpoint, and what a crash cut short. */
export async function forgetAfter(
  folder: string,
  { epoch, step }: { readonly epoch: number; readonly step: number },
): Promise<void> {
  const path = metricsIn(folder)
  const text = await textOf(path)
  const kept = (await readMetrics(folder)).filter((record) => record.epoch <= epoch)
  const lines = kept.map((record) => `${JSON.stringify(record)}\n`).join('')
  if (lines !== text) await writeWhole(path, new TextEncoder().encode(lines))
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((one) => eventFiles.test(one))) await forgetEvents(join(folder, name), step)
}

async function forgetEvents(path: string, step: number): Promise<void> {
  const bytes = await readBytes(path)
  const kept = eventRecords(bytes).filter((record) => record.step <= step)
  const length = kept.reduce((total, record) => total + record.bytes.length, 0)
  // The first record only says that the file is one.
  if (kept.length <= 1) return rm(path, { force: true })
  if (length === bytes.length) return
  const whole = new Uint8Array(length)
  let at = 0
  for (const record of kept) {
    whole.set(record.bytes, at)
    at += record.bytes.length
  }
  await writeWhole(path, whole)
}
