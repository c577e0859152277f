// The run of the view Train that was trained last, as the browser keeps it.

import { ownData, readOwn } from '../train/own.ts'
import type { TrainSettings } from '../train/settings.ts'
import { store } from '../train/store.ts'
import type { KeptRun } from './task.ts'

interface Kept {
  readonly checkpoint: Uint8Array
  readonly settings?: TrainSettings
}

/** Undefined where there is none, or where the pictures that it was trained on are gone. */
export async function lastRun(): Promise<KeptRun | undefined> {
  const [name] = (await store.recall<string[]>('runs')) ?? []
  if (name === undefined) return undefined
  const kept = await store.recall<Kept>(`run:${name}`)
  if (kept?.settings === undefined) return undefined
  const { checkpoint, settings } = kept
  const reached = store.reached(name)
  if (settings.source === 'digits') return { settings, own: undefined, checkpoint, reached }
  await readOwn(settings.source)
  const own = ownData(settings.source)
  return own === undefined ? undefined : { settings, own, checkpoint, reached }
}
