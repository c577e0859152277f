// Arrays of all ranks added up, or otherwise put together, as calls of MPI.

import type { Reducible, Reduction } from '../world/world.ts'
import { addBfloat16, fromBfloat16, toBfloat16 } from './bfloat16.ts'
import type { ElementType, Mpi, Request } from './library.ts'
import { type Call, piecesOf } from './line.ts'

/** Elements that travel together. */
export const pieceLength = 1_048_576

const typeOf = (values: Reducible): ElementType => {
  if (values instanceof Float32Array) return 'float'
  return values instanceof Float64Array ? 'double' : 'int'
}

/** In place. */
export function sums(mpi: Mpi, values: Reducible, op: Reduction): Call[] {
  const [type, start] = [typeOf(values), mpi.addressOf(values)]
  return piecesOf(values.length, pieceLength).map(([from, to]) => ({
    bytes: (to - from) * values.BYTES_PER_ELEMENT,
    begin: () => mpi.startAllReduce(0, op, type, start + from * values.BYTES_PER_ELEMENT, to - from),
  }))
}

/** What travels of a piece: that of each rank to the rank which adds it up, and the sums to all. */
interface Halves {
  readonly out: Uint16Array
  readonly back: Uint16Array
}

/** Memory of pieces that have arrived, for those to come. */
const free: Halves[] = []

function halvesOf(length: number): Halves {
  const at = free.findIndex(({ out }) => out.length === length)
  return at < 0 ? { out: new Uint16Array(length), back: new Uint16Array(length) } : free.splice(at, 1)[0]
}

/**
 * Sums that travel as bfloat16, in place: each rank adds up a part of every piece in float32, and all get the parts. A piece sets out before
 * the sums of the one before it come back.
 */
export function halfSums(mpi: Mpi, values: Float32Array): Call[] {
  const pieces = piecesOf(values.length, pieceLength).map(([from, to]) => halfSum(mpi, values.subarray(from, to)))
  return pieces
    .flatMap(({ exchange }, i) => [exchange, ...(i > 0 ? [pieces[i - 1].gather] : [])])
    .concat(pieces.slice(-1).map(({ gather }) => gather))
}

function halfSum(mpi: Mpi, values: Float32Array): { readonly exchange: Call; readonly gather: Call } {
  const part = Math.ceil(values.length / mpi.size)
  const bytes = part * mpi.size * 2
  let halves: Halves | undefined
  let arrived = false
  const start = (begin: (out: number, back: number) => Request): Request =>
    begin(mpi.addressOf(halves!.out), mpi.addressOf(halves!.back))
  return {
    exchange: {
      bytes,
      begin() {
        halves = halvesOf(part * mpi.size)
        toBfloat16(values, halves.out)
        return start((out, back) => mpi.startExchange(out, part * 2, back))
      },
      end() {
        const { out, back } = halves!
        const total = new Float32Array(part)
        for (let r = 0; r < mpi.size; r++) addBfloat16(back.subarray(r * part, (r + 1) * part), total)
        toBfloat16(total, out)
        arrived = true
      },
    },
    gather: {
      bytes,
      ready: () => arrived,
      begin: () => start((out, back) => mpi.startAllGather(out, part * 2, back)),
      end() {
        fromBfloat16(halves!.back, values)
        free.push(halves!)
        halves = undefined
      },
    },
  }
}
