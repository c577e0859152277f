/// <reference types="node" />

// Sums between ranks on one machine, without MPI carrying a number: each rank adds up a slice of everybody's arrays, which it
// reads from their memory and writes back there (process_vm_readv(2), of Linux). MPI says when all of them have begun, and when
// all of them are done. A process number may come to stand for another process once its own has ended: each rank holds those of the
// others by file descriptors (pidfd_open(2)), and asks them before it touches any memory.

import { randomInt } from 'node:crypto'
import type { Ffi } from '../backends/cpu/runtime/native/ffi.ts'
import { ConvokeError } from '../shapes/error.ts'
import type { Mpi } from './library.ts'
import { type Call, piecesOf } from './line.ts'

/** The memory of other ranks. Addresses are theirs, `own` and what is added up are this rank's. */
export interface Neighbours {
  /** Copies bytes of a rank's memory to `own`. */
  read(rank: number, address: number, bytes: number, own: number): void
  /** Copies bytes from `own` to a rank's memory. */
  write(rank: number, address: number, bytes: number, own: number): void
}

/** What a rank tells the others of itself: its process, where its secret lies, and the secret. */
const toldOf = 3

/** What goes to a process through the system at a time stays in the second cache until it has been added up. */
const chunkFloats = 65_536

/** prctl(2): any process of the user may read this one's memory, where the system asks for that (Yama). Open MPI does the same. */
const [setPtracer, anyProcess] = [0x59616d61, -1]

/** Numbers of calls that C libraries before glibc 2.36 have no function for; the same on all processors. */
const [pidfdSendSignal, pidfdOpen] = [424, 434]

interface Process {
  readonly id: number
  /** Stands for this process alone, however long ago it ended. */
  readonly descriptor: number
}

/** The processes of all ranks, held. Throws `ConvokeError` where the system cannot hold them (Linux before 5.3). */
function hold(
  ffi: Ffi,
  ids: readonly number[],
): { readonly processes: Process[]; readonly isAlive: (one: Process) => boolean } {
  const call = ffi.native(null, 'intptr_t syscall(intptr_t number, intptr_t, intptr_t, intptr_t, intptr_t)')
  const processes = ids.map((id) => ({ id, descriptor: Number(call(pidfdOpen, id, 0, 0, 0)) }))
  if (processes.some(({ descriptor }) => descriptor < 0)) throw new ConvokeError('mpi: processes cannot be held.')
  return { processes, isAlive: ({ descriptor }) => Number(call(pidfdSendSignal, descriptor, 0, 0, 0)) === 0 }
}

function letOthersRead(ffi: Ffi): void {
  try {
    ffi.native(null, 'int prctl(int option, long value, long, long, long)')(setPtracer, anyProcess, 0, 0, 0)
  } catch {
    // Not Linux: the others hear of it.
  }
}

function copier(ffi: Ffi, ids: readonly number[]): Neighbours {
  const { processes, isAlive } = hold(ffi, ids)
  const [here, there] = [new BigUint64Array(2), new BigUint64Array(2)]
  const [hereAt, thereAt] = [ffi.addressOf(here), ffi.addressOf(there)]
  const copy = (name: 'process_vm_readv' | 'process_vm_writev') => {
    const native = ffi.native(
      null,
      `intptr_t ${name}(int pid, intptr_t own, unsigned long pieces, intptr_t other, unsigned long otherPieces, unsigned long flags)`,
    )
    return (rank: number, address: number, bytes: number, own: number): void => {
      here[0] = BigInt(own)
      there[0] = BigInt(address)
      here[1] = BigInt(bytes)
      there[1] = here[1]
      const other = processes[rank]
      if (!isAlive(other) || native(other.id, hereAt, 1, thereAt, 1, 0) !== bytes)
        throw new ConvokeError(
          `mpi: the memory of rank ${rank} is no longer accessible (process ${other.id}). The ranks cannot continue.`,
        )
    }
  }
  return { read: copy('process_vm_readv'), write: copy('process_vm_writev') }
}

/** Null where the system or its C library has no such calls: the others hear of it. */
function copierOrNull(ffi: Ffi, ids: readonly number[]): Neighbours | null {
  // Elsewhere, these numbers are other calls.
  if (process.platform !== 'linux') return null
  try {
    return copier(ffi, ids)
  } catch {
    return null
  }
}

/** Whether this rank reads what each of the others has told. */
function reaches(ffi: Ffi, { read }: Neighbours, told: Float64Array): boolean {
  const found = new Float64Array(1)
  try {
    for (let rank = 0; rank * toldOf < told.length; rank++) {
      const [, address, secret] = told.subarray(rank * toldOf)
      read(rank, address, found.byteLength, ffi.addressOf(found))
      if (found[0] !== secret) return false
    }
    return true
  } catch {
    return false
  }
}

/**
 * The memory of the other ranks, where the system lets every rank reach that of all: a question that they ask together. Null
 * where it does not.
 */
export function meetNeighbours(mpi: Mpi, ffi: Ffi, wait: (test: () => boolean) => void): Neighbours | null {
  const secret = Float64Array.of(randomInt(2 ** 47))
  letOthersRead(ffi)
  const own = Float64Array.of(process.pid, mpi.addressOf(secret), secret[0])
  const told = new Float64Array(toldOf * mpi.size)
  const gathered = mpi.startAllGather(mpi.addressOf(own), own.byteLength, mpi.addressOf(told))
  wait(() => mpi.test(gathered))
  const ids = Array.from({ length: mpi.size }, (_, rank) => told[rank * toldOf])
  const neighbours = copierOrNull(ffi, ids)
  const all = Int32Array.of(neighbours !== null && reaches(ffi, neighbours, told) ? 1 : 0)
  const agreed = mpi.startAllReduce(0, 'min', 'int', mpi.addressOf(all), 1)
  wait(() => mpi.test(agreed))
  // Secrets are to be read until everybody has.
  return all[0] === 1 && secret.length === 1 ? neighbours : null
}

/** Where each rank's array begins, told to all as they begin. */
interface Meeting {
  readonly own: Float64Array
  readonly starts: Float64Array
}

/** In place. The order of a sum is that of the ranks, so that it is the same wherever it is added up. */
export function neighbourSums(mpi: Mpi, neighbours: Neighbours, values: Float32Array, pieceLength: number): Call[] {
  const pieces = piecesOf(values.length, pieceLength).map(([from, to]) =>
    neighbourSum(mpi, neighbours, values.subarray(from, to)),
  )
  return pieces
    .flatMap(({ begin }, i) => [begin, ...(i > 0 ? [pieces[i - 1].end] : [])])
    .concat(pieces.slice(-1).map(({ end }) => end))
}

function neighbourSum(
  mpi: Mpi,
  neighbours: Neighbours,
  values: Float32Array,
): { readonly begin: Call; readonly end: Call } {
  let meeting: Meeting | undefined
  let added = false
  return {
    begin: {
      bytes: 0,
      begin() {
        const own = Float64Array.of(mpi.addressOf(values))
        meeting = { own, starts: new Float64Array(mpi.size) }
        return mpi.startAllGather(mpi.addressOf(own), own.byteLength, mpi.addressOf(meeting.starts))
      },
      end() {
        addUp(mpi, neighbours, values, meeting!.starts)
        added = true
      },
    },
    end: { bytes: 0, ready: () => added, begin: () => mpi.startBarrier() },
  }
}

let scratch: { readonly sum: Float32Array; readonly next: Float32Array } | undefined

/** Adds up this rank's slice of all arrays, in all of them. */
function addUp(mpi: Mpi, { read, write }: Neighbours, values: Float32Array, starts: Float64Array): void {
  const { rank, size } = mpi
  scratch ??= { sum: new Float32Array(chunkFloats), next: new Float32Array(chunkFloats) }
  const [sumAt, nextAt] = [mpi.addressOf(scratch.sum), mpi.addressOf(scratch.next)]
  const [first, end] = [rank, rank + 1].map((part) => Math.floor((values.length * part) / size))
  for (let at = first; at < end; at += chunkFloats) {
    const count = Math.min(chunkFloats, end - at)
    const bytes = 4 * count
    const ownAt = starts[rank] + 4 * at
    // The first two may change places: this rank's own is added to where it lies if it is one of them.
    const into = rank < 2 ? ownAt : sumAt
    if (rank >= 2) read(0, starts[0] + 4 * at, bytes, sumAt)
    for (let other = rank < 2 ? 0 : 1; other < size; other++) {
      if (other === rank && rank < 2) continue
      if (other !== rank) read(other, starts[other] + 4 * at, bytes, nextAt)
      mpi.addUp(other === rank ? ownAt : nextAt, into, count)
    }
    for (let other = 0; other < size; other++) {
      if (other !== rank) write(other, starts[other] + 4 * at, bytes, into)
    }
    if (into !== ownAt) values.set(scratch.sum.subarray(0, count), at)
  }
}
