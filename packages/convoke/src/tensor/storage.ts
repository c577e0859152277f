// Reference-counted backend memory. Several handles may share one storage (a reshape, a value kept by the tape); the
// buffer goes back to its backend when the last of them lets go.

import type { Backend, Buffer, DType, TypedArray } from '../backends/backend.ts'
import { createPressure } from '../backends/memory-pressure.ts'
import { check } from '../shapes/error.ts'

export interface Storage {
  /** The backend that it belongs to. */
  readonly backend: Backend
  /** The backend's own memory. */
  readonly buffer: Buffer
  /** Handles that hold it; it is freed with the last. */
  references: number
}

const bytesPerElement: Record<DType, number> = { float32: 4, int32: 4, uint8: 1, bool: 1 }

let buffers = 0
let bytes = 0
/** Of these, those that the garbage collector does not give back by itself, with what each tensor takes on its heap. */
let held = 0
const heldNow = (): number => held
const pressure = createPressure()

/** Bytes of a handle, what it holds and its buffer on the heap of JavaScript. */
const ownBytes = 512

/** Tensors for which the heap of an engine has room, whatever their size. */
const mostBuffers = 2 ** 21

const weightOf = (backend: Backend, size: number): number => ownBytes + (backend.dry === true ? 0 : size)

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
  const weight = weightOf(backend, size)
  pressure.add(weight, heldNow)
  check(
    buffers < mostBuffers,
    () => `allocate: out of memory: ${buffers} tensors are alive. Dispose them, or use scope().`,
  )
  const buffer = backend.allocate(dtype, length)
  buffers++
  bytes += size
  held += weight
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
  held -= weightOf(storage.backend, size)
  pressure.fall(held)
  storage.backend.release(storage.buffer)
}

/** The storage's content on another backend, as a storage of its own. */
export function moveStorage(storage: Storage, backend: Backend, data: TypedArray): Storage {
  const moved = allocateStorage(backend, storage.buffer.dtype, storage.buffer.length)
  backend.write(moved.buffer, data)
  return moved
}
