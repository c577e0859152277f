// Reference-counted backend memory. Several handles may share one storage (a reshape, a value kept by the tape); the
// buffer goes back to its backend when the last of them lets go.

import type { Backend, Buffer, DType, TypedArray } from '../backends/backend.ts'
import { createPressure } from '../backends/memory-pressure.ts'

export interface Storage {
  readonly backend: Backend
  readonly buffer: Buffer
  references: number
}

const bytesPerElement: Record<DType, number> = { float32: 4, int32: 4, uint8: 1, bool: 1 }

let buffers = 0
let bytes = 0
/** Of these, those that the garbage collector does not see. */
let outside = 0
const outsideNow = (): number => outside
const pressure = createPressure()

const isOutside = (backend: Backend): boolean => backend.outsideHeap === true

/** What is alive now. */
export interface MemoryReport {
  /** Backend buffers in use. Several tensors may share one. */
  readonly buffers: number
  /** Bytes those buffers hold, at the size of their dtype. */
  readonly bytes: number
}

/** Counts the memory that tensors hold at this moment, on every backend. */
export const memory = (): MemoryReport => ({ buffers, bytes })

export function allocateStorage(backend: Backend, dtype: DType, length: number): Storage {
  const size = length * bytesPerElement[dtype]
  const counts = isOutside(backend)
  if (counts) pressure.add(size, outsideNow)
  const buffer = backend.allocate(dtype, length)
  buffers++
  bytes += size
  if (counts) outside += size
  return { backend, buffer, references: 1 }
}

export function retain(storage: Storage): Storage {
  storage.references++
  return storage
}

export function letGo(storage: Storage): void {
  if (--storage.references > 0) return
  buffers--
  const size = storage.buffer.length * bytesPerElement[storage.buffer.dtype]
  bytes -= size
  if (isOutside(storage.backend)) {
    outside -= size
    pressure.fall(outside)
  }
  storage.backend.release(storage.buffer)
}

/** The storage's content on another backend, as a storage of its own. */
export function moveStorage(storage: Storage, backend: Backend, data: TypedArray): Storage {
  const moved = allocateStorage(backend, storage.buffer.dtype, storage.buffer.length)
  backend.write(moved.buffer, data)
  return moved
}
