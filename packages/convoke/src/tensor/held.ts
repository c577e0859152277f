// Memory that goes with the object that holds it, as a tensor's does: for what is not a tensor to anybody.

import type { DType, TypedArray } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import { dispose, type Hold, holdOf, watch } from './forgotten.ts'
import { allocateStorage, type Storage } from './storage.ts'

export class Held {
  readonly #hold: Hold

  /** Takes over one reference. */
  constructor(storage: Storage) {
    this.#hold = holdOf(storage)
    watch(this, this.#hold)
  }

  /** Until it is disposed of. */
  get storage(): Storage {
    return this.#hold.storage as Storage
  }

  dispose(): void {
    dispose(this.#hold)
  }
}

/** A storage of the current backend with these numbers, unchecked. */
export function storageOf(data: ArrayLike<number>, dtype: DType, length: number): Storage {
  const backend = currentBackend()
  const storage = allocateStorage(backend, dtype, length)
  backend.write(storage.buffer, data)
  return storage
}

/** What a storage holds, where its backend can be read at once. */
export const readNow = ({ backend, buffer }: Storage): TypedArray | undefined => backend.readSync?.(buffer)
