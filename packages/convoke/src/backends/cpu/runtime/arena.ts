// An allocator over a few large regions: best fit by size class, neighbours joined on release.

import { ConvokeError } from '../../../shapes/error.ts'

/** A cache line, and the widest vector. */
export const alignment = 64

/** Memory given by whoever the arena asks: `base` is an address that is a multiple of {@link alignment}. */
export interface Region {
  readonly base: number
  readonly byteLength: number
}

/** A piece of a region. */
export interface Span<R extends Region> {
  readonly region: R
  readonly address: number
  /** Rounded up to the alignment. */
  readonly byteLength: number
}

export interface RegionSource<R extends Region> {
  /** At least so many bytes, or undefined when there is no more. */
  readonly grow: (byteLength: number) => R | undefined
  /** Takes back a region no part of which is in use. */
  readonly release: (region: R) => void
}

export interface ArenaUse {
  /** Bytes in spans handed out. */
  readonly used: number
  /** Bytes of all regions. */
  readonly reserved: number
}

export interface Arena<R extends Region> {
  readonly allocate: (byteLength: number, forWhat: string) => Span<R>
  readonly free: (span: Span<R>) => void
  readonly use: () => ArenaUse
  /** Gives back every region that nothing uses. */
  readonly trim: () => void
}

interface Piece<R extends Region> {
  readonly region: R
  readonly address: number
  byteLength: number
  free: boolean
  before: Piece<R> | undefined
  after: Piece<R> | undefined
}

const roundUp = (bytes: number): number => Math.max(alignment, Math.ceil(bytes / alignment) * alignment)
const sizeClass = (bytes: number): number => Math.floor(Math.log2(bytes))

/** `512 bytes`, `3.5 MiB`. */
export function showBytes(bytes: number): string {
  const unit =
    bytes >= 2 ** 30 ? ([2 ** 30, 'GiB'] as const) : bytes >= 2 ** 20 ? ([2 ** 20, 'MiB'] as const) : undefined
  return unit === undefined ? `${bytes} bytes` : `${Math.round((bytes / unit[0]) * 10) / 10} ${unit[1]}`
}

/** An arena that keeps `retained` bytes of unused regions for reuse and gives back the rest when it has to grow. */
export function createArena<R extends Region>(source: RegionSource<R>, retained = 2 ** 28): Arena<R> {
  const bins: Set<Piece<R>>[] = []
  const given = new Map<number, Piece<R>>()
  const whole = new Set<Piece<R>>()
  let [used, reserved] = [0, 0]

  const binOf = (piece: Piece<R>): Set<Piece<R>> => {
    bins[sizeClass(piece.byteLength)] ??= new Set()
    return bins[sizeClass(piece.byteLength)]
  }
  const putBack = (piece: Piece<R>): void => {
    piece.free = true
    binOf(piece).add(piece)
    if (piece.before === undefined && piece.after === undefined) whole.add(piece)
  }
  const takeOut = (piece: Piece<R>): void => {
    piece.free = false
    binOf(piece).delete(piece)
    whole.delete(piece)
  }
  const bestFit = (bytes: number): Piece<R> | undefined => {
    for (let at = sizeClass(bytes); at < bins.length; at++) {
      let best: Piece<R> | undefined
      for (const piece of bins[at] ?? []) {
        if (piece.byteLength >= bytes && (best === undefined || piece.byteLength < best.byteLength)) best = piece
      }
      if (best !== undefined) return best
    }
    return undefined
  }
  const release = (allowed: number): void => {
    let unused = [...whole].reduce((sum, piece) => sum + piece.byteLength, 0)
    for (const piece of [...whole]) {
      if (unused <= allowed) return
      takeOut(piece)
      unused -= piece.byteLength
      reserved -= piece.byteLength
      source.release(piece.region)
    }
  }
  const grow = (bytes: number): Piece<R> | undefined => {
    release(retained)
    let region = source.grow(bytes)
    if (region === undefined && whole.size > 0) {
      release(0)
      region = source.grow(bytes)
    }
    if (region === undefined) return undefined
    const byteLength = Math.floor(region.byteLength / alignment) * alignment
    reserved += byteLength
    return { region, address: region.base, byteLength, free: false, before: undefined, after: undefined }
  }
  const split = (piece: Piece<R>, bytes: number): void => {
    const rest = piece.byteLength - bytes
    if (rest < alignment) return
    const { region, after } = piece
    const tail: Piece<R> = {
      region,
      address: piece.address + bytes,
      byteLength: rest,
      free: false,
      before: piece,
      after,
    }
    if (after !== undefined) after.before = tail
    piece.after = tail
    piece.byteLength = bytes
    putBack(tail)
  }
  /** Joins `piece` with the free one behind it. */
  const join = (piece: Piece<R>): void => {
    const { after } = piece
    if (!after?.free) return
    takeOut(after)
    piece.byteLength += after.byteLength
    piece.after = after.after
    if (after.after !== undefined) after.after.before = piece
  }

  return {
    allocate: (byteLength, forWhat) => {
      const bytes = roundUp(byteLength)
      const found = bestFit(bytes)
      if (found !== undefined) takeOut(found)
      const piece = found ?? grow(bytes)
      if (piece === undefined) {
        throw new ConvokeError(
          `allocate: out of memory: ${forWhat} needs ${showBytes(bytes)}; ${showBytes(used)} are in use, ${showBytes(reserved)} reserved. Dispose tensors, use scope(), or a smaller batch.`,
        )
      }
      split(piece, bytes)
      given.set(piece.address, piece)
      used += piece.byteLength
      return Object.freeze({ region: piece.region, address: piece.address, byteLength: piece.byteLength })
    },
    free: ({ address }) => {
      const piece = given.get(address)
      if (piece === undefined)
        throw new ConvokeError(`The memory at ${address} is freed twice, or was never given out.`)
      given.delete(address)
      used -= piece.byteLength
      join(piece)
      const { before } = piece
      if (before?.free) {
        takeOut(before)
        piece.free = true
        binOf(piece).add(piece)
        join(before)
        putBack(before)
      } else putBack(piece)
    },
    use: () => ({ used, reserved }),
    trim: () => release(0),
  }
}
