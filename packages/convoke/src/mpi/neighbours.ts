/// <reference types="node" />

// Sums between ranks on one machine, without MPI carrying a number: each rank adds up a slice of everybody's arrays, which it
// reads from their memory (process_vm_readv(2), of Linux), and then reads the sums of the other slices from those that added them up. Nobody
// writes to the memory of another process. MPI says when all of them have begun, have added up, and have read.

import { randomInt } from 'node:crypto'
import type { Ffi } from '../backends/cpu/runtime/native/ffi.ts'
import { ConvokeError } from '../shapes/error.ts'
import type { Mpi } from './library.ts'
import { type Call, piecesOf } from './line.ts'

/** Copies bytes of a rank's memory, at an address of its own, to `own` in this one's. */
export type Neighbours = (rank: number, address: number, bytes: number, own: number) => void

/** What a rank tells the others of itself: its process, where its secret lies, and the secret. */
const toldOf = 3

/** What goes to a process through the system at a time stays in the second cache until it has been added up. */
const chunkFloats = 65_536

/** prctl(2): any process of the user may read this one's memory, where the system asks for that (Yama). Open MPI does the same. */
const [setPtracer, anyProcess] = [0x59616d61, -1]

function reader(ffi: Ffi, processes: readonly number[]): Neighbours {
  const [here, there] = [new BigUint64Array(2), new BigUint64Array(2)]
  const [hereAt, thereAt] = [ffi.addressOf(here), ffi.addressOf(there)]
  const native = ffi.native(
    null,
    'intptr_t process_vm_readv(int pid, intptr_t own, unsigned long pieces, intptr_t other, unsigned long otherPieces, unsigned long flags)',
  )
  return (rank, address, bytes, own) => {
    here[0] = BigInt(own)
    there[0] = BigInt(address)
    here[1] = BigInt(bytes)
    there[1] = here[1]
    if (native(processes[rank], hereAt, 1, thereAt, 1, 0) !== bytes)
      throw new ConvokeError(
        `mpi: the memory of rank ${rank} cannot be reached any more (process ${processes[rank]}). The ranks cannot go on together.`,
      )
  }
}

/** Whether this rank reads what each of the others has told. */
function reaches(ffi: Ffi, read: Neighbours, told: Float64Array): boolean {
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
  const own = Float64Array.of(process.pid, mpi.addressOf(secret), secret[0])
  const told = new Float64Array(toldOf * mpi.size)
  let neighbours: Neighbours | null = null
  try {
    ffi.native(null, 'int prctl(int option, long value, long, long, long)')(setPtracer, anyProcess, 0, 0, 0)
    neighbours = reader(ffi, [])
  } catch {
    // Not Linux, or a C library without them: the others hear of it.
  }
  const gathered = mpi.startAllGather(mpi.addressOf(own), own.byteLength, mpi.addressOf(told))
  wait(() => mpi.test(gathered))
  const processes = Array.from({ length: mpi.size }, (_, rank) => told[rank * toldOf])
  if (neighbours !== null) neighbours = reader(ffi, processes)
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
export function neighbourSums(mpi: Mpi, read: Neighbours, values: Float32Array, pieceLength: number): Call[] {
  const pieces = piecesOf(values.length, pieceLength).map(([from, to]) =>
    neighbourSum(mpi, read, values.subarray(from, to)),
  )
  // While the others add up a piece, the one before it is read.
  const calls: Call[] = []
  pieces.forEach(({ meet, added }, i) => {
    calls.push(meet)
    if (i > 0) calls.push(pieces[i - 1].read)
    calls.push(added)
  })
  return calls.concat(pieces.slice(-1).map((last) => last.read))
}

interface Steps {
  readonly meet: Call
  readonly added: Call
  readonly read: Call
}

function neighbourSum(mpi: Mpi, read: Neighbours, values: Float32Array): Steps {
  let meeting: Meeting | undefined
  let [isAdded, isRead] = [false, false]
  return {
    meet: {
      bytes: 0,
      begin() {
        const own = Float64Array.of(mpi.addressOf(values))
        meeting = { own, starts: new Float64Array(mpi.size) }
        return mpi.startAllGather(mpi.addressOf(own), own.byteLength, mpi.addressOf(meeting.starts))
      },
      end() {
        addUp(mpi, read, values, meeting!.starts)
        isAdded = true
      },
    },
    added: {
      bytes: 0,
      ready: () => isAdded,
      begin: () => mpi.startBarrier(),
      end() {
        fetch(mpi, read, values, meeting!.starts)
        isRead = true
      },
    },
    // Others may still read this rank's sums until all of them have.
    read: { bytes: 0, ready: () => isRead, begin: () => mpi.startBarrier() },
  }
}

/** The slice of `length` values that a rank adds up. */
const sliceOf = (length: number, { size }: Mpi, rank: number): readonly [from: number, to: number] => [
  Math.floor((length * rank) / size),
  Math.floor((length * (rank + 1)) / size),
]

let scratch: { readonly sum: Float32Array; readonly next: Float32Array } | undefined

/** Adds up this rank's slice of all arrays, in its own. */
function addUp(mpi: Mpi, read: Neighbours, values: Float32Array, starts: Float64Array): void {
  const { rank, size } = mpi
  scratch ??= { sum: new Float32Array(chunkFloats), next: new Float32Array(chunkFloats) }
  const [sumAt, nextAt] = [mpi.addressOf(scratch.sum), mpi.addressOf(scratch.next)]
  const [first, end] = sliceOf(values.length, mpi, rank)
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
    if (into !== ownAt) values.set(scratch.sum.subarray(0, count), at)
  }
}

/** Reads the slices that the other ranks have added up. */
function fetch(mpi: Mpi, read: Neighbours, values: Float32Array, starts: Float64Array): void {
  for (let other = 0; other < mpi.size; other++) {
    const [first, end] = sliceOf(values.length, mpi, other)
    if (other !== mpi.rank && end > first)
      read(other, starts[other] + 4 * first, 4 * (end - first), starts[mpi.rank] + 4 * first)
  }
}
