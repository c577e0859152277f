// Rows of hidden units: loops over the rows of a task and, within each, over its vectors.

import type { Builder, Pointer, Tail } from '../../program/index.ts'

interface Moving {
  readonly pointer: Pointer
  /** Bytes from row to row, or the argument that holds them less `wholeBytes`. */
  readonly pitch: number | string
  /** Where in the next row, in bytes, vectors are prefetched: for rows so far apart that the machine does not do it by itself. */
  readonly ahead?: readonly number[]
}

export interface RowWalk {
  readonly rows: number
  readonly hidden: number
  /** What moves on with the vectors of a row. */
  readonly pointers: readonly Moving[]
}

/** Bytes by which the whole vectors of a row move a pointer. */
export const wholeBytes = (lanes: number, hidden: number): number => 4 * (hidden - (hidden % lanes))

/** 0, `step`, 2·`step` … */
export const multiplesOf = (step: number, count: number): number[] => Array.from({ length: count }, (_, i) => i * step)

/** Runs `body` for each vector of each row, its last one with a tail where it is not whole. Moves the pointers past the rows. */
export function emitRows(
  b: Builder,
  { rows, hidden, pointers: moving }: RowWalk,
  body: (tail: Tail | undefined) => void,
): void {
  const [vectors, rest] = [Math.floor(hidden / b.lanes), hidden % b.lanes]
  const nextRows = rows === 1 ? [] : moving.flatMap((pointer) => nextRowOf(b, hidden, pointer))
  const pointers = [...moving, ...nextRows]
  b.loop(rows, () => {
    b.loop(vectors, () => {
      for (const { pointer, at } of nextRows) {
        for (const displacement of at) b.prefetch(pointer, displacement)
      }
      body(undefined)
      for (const { pointer } of pointers) b.advance(pointer, b.bytes)
    })
    if (rest > 0) body(b.tail(rest))
    for (const { pointer, pitch } of pointers) {
      b.advance(pointer, typeof pitch === 'string' ? b.integer(pitch) : pitch - wholeBytes(b.lanes, hidden))
    }
  })
}

/** A pointer a row further than one that is prefetched through. */
function nextRowOf(b: Builder, hidden: number, { pointer, pitch, ahead }: Moving) {
  if (ahead === undefined) return []
  const row = typeof pitch === 'string' ? b.integerAdd(b.integer(pitch), wholeBytes(b.lanes, hidden)) : pitch
  return [{ pointer: b.offset(pointer, row), pitch, at: ahead }]
}

interface RowPlace {
  readonly pointer: Pointer
  readonly pitch: number
  readonly at?: number
}

/** Sets rows of hidden units to zero. */
export function emitZeros(
  b: Builder,
  walk: Pick<RowWalk, 'rows' | 'hidden'>,
  { pointer, pitch, at = 0 }: RowPlace,
): void {
  const [to, zero] = [b.offset(pointer, 0), b.zero()]
  emitRows(b, { ...walk, pointers: [{ pointer: to, pitch }] }, (tail) => b.store(to, at, zero, tail))
}

/** Copies rows of hidden units. */
export function emitCopy(b: Builder, walk: Pick<RowWalk, 'rows' | 'hidden'>, from: RowPlace, to: RowPlace): void {
  const pointers = [from, to].map(({ pointer, pitch }) => ({ pointer: b.offset(pointer, 0), pitch }))
  emitRows(b, { ...walk, pointers }, (tail) => {
    b.store(pointers[1].pointer, to.at ?? 0, b.load(pointers[0].pointer, from.at ?? 0, tail), tail)
  })
}
