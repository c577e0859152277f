// What `convoke train` would refuse of data that can be looked through.

import type { data } from 'convoke'
import { ConvokeError } from 'convoke/shapes'
import { openClassified } from '../../training/data/classified.ts'
import type { Place } from '../../training/data/place.ts'
import { checkClasses } from '../../training/kits/common.ts'
import { type OpenOptions, splitOff, type TaskName } from '../../training/open-data.ts'

interface Sets {
  readonly train: data.Dataset<object>
  readonly validation?: data.Dataset<object> | null | undefined
  readonly test?: data.Dataset<object> | null | undefined
  readonly classes: readonly string[]
}

/** Why training would refuse these parts; null where it would not. */
export function refusalOf(task: TaskName, path: string, sets: Sets, options: OpenOptions): string | null {
  try {
    checkClasses(task, sets.classes)
    const { validation = null, test = null } = sets
    splitOff(path, sets.train, validation, test, options)
    return null
  } catch (error) {
    return wordsOf(error)
  }
}

/** The same of class folders, which are opened for it as training opens them. */
export async function folderRefusal(path: string, place: Place, options: OpenOptions): Promise<string | null> {
  try {
    return refusalOf('classify', path, await openClassified(place, 'classify', options), options)
  } catch (error) {
    return wordsOf(error)
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ConvokeError) return error.message
  throw error
}
