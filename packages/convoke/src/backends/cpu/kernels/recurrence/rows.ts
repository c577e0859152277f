// Rows of hidden units: loops over the rows of a task and, within each, over its vectors.

import type { Builder, Pointer, Tail } from '../../program/index.ts'

export interface RowWalk {
  readonly rows: number
  readonly hidden: number
  /** What moves on with the vectors of a row; from row to row by `pitch` bytes, or by the argument of that name less `wholeBytes`. */
  readonly pointers: readonly { readonly pointer: Pointer; readonly pitch: number | string }[]
}

/** Bytes by which the whole vectors of a row move a pointer. */
export const wholeBytes = (lanes: number, hidden: number): number => 4 * (hidden - (hidden % lanes))

/** Runs `body` for each vector of each row, its last one with a tail where it is not whole. Moves the pointers past the rows. */
export function emitRows(
  b: Builder,
  { rows, hidden, pointers }: RowWalk,
  body: (tail: Tail | undefined) => void,
): void {
  const [vectors, rest] = [Math.floor(hidden / b.lanes), hidden % b.lanes]
  b.loop(rows, () => {
    b.loop(vectors, () => {
      body(undefined)
      for (const { pointer } of pointers) b.advance(pointer, b.bytes)
    })
    if (rest > 0) body(b.tail(rest))
    for (const { pointer, pitch } of pointers) {
      b.advance(pointer, typeof pitch === 'string' ? b.integer(pitch) : pitch - wholeBytes(b.lanes, hidden))
    }
  })
}

/** Copies rows of hidden units. */
export function emitCopy(
  b: Builder,
  walk: Pick<RowWalk, 'rows' | 'hidden'>,
  from: { readonly pointer: Pointer; readonly pitch: number; readonly at?: number },
  to: { readonly pointer: Pointer; readonly pitch: number; readonly at?: number },
): void {
  const pointers = [from, to].map(({ pointer, pitch }) => ({ pointer: b.offset(pointer, 0), pitch }))
  emitRows(b, { ...walk, pointers }, (tail) => {
    b.store(pointers[1].pointer, to.at ?? 0, b.load(pointers[0].pointer, from.at ?? 0, tail), tail)
  })
}
