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
  /** `joined`: part of the piece before it. */
  state: 'given' | 'free' | 'joined'
  before: Piece<R> | undefined
  after: Piece<R> | undefined
  /** Its neighbours in the list of free pieces of its size. */
  previous: Piece<R> | undefined
  next: Piece<R> | undefined
}

const roundUp = (bytes: number): number => Math.max(alignment, Math.ceil(bytes / alignment) * alignment)
/** Whole numbers of cache lines up to 2³⁷ bytes. */
const sizeClass = (bytes: number): number => 31 - Math.clz32(bytes / alignment)

/** `512 bytes`, `3.5 MiB`. */
export function showBytes(bytes: number): string {
  const unit =
    bytes >= 2 ** 30 ? ([2 ** 30, 'GiB'] as const) : bytes >= 2 ** 20 ? ([2 ** 20, 'MiB'] as const) : undefined
  return unit === undefined ? `${bytes} bytes` : `${Math.round((bytes / unit[0]) * 10) / 10} ${unit[1]}`
}

/** Free pieces of a size class after which the best so far is taken: there may be as many as there are tensors. */
const mostLookedAt = 64

const pieceOf = <R extends Region>(region: R, address: number, byteLength: number): Piece<R> => ({
  region,
  address,
  byteLength,
  state: 'given',
  before: undefined,
  after: undefined,
  previous: undefined,
  next: undefined,
})

/**
 * An arena that keeps `retained` bytes of unused regions for reuse and gives back the rest when it has to grow. Where there
 * is no more memory, `reclaim` may free some before a request is refused.
 */
export function createArena<R extends Region>(
  source: RegionSource<R>,
  retained = 2 ** 28,
  reclaim: () => void = () => {},
): Arena<R> {
  /** The first free piece of each size class. */
  const bins: (Piece<R> | undefined)[] = []
  const whole = new Set<Piece<R>>()
  let [used, reserved] = [0, 0]

  const putBack = (piece: Piece<R>): void => {
    piece.state = 'free'
    const bin = sizeClass(piece.byteLength)
    while (bins.length <= bin) bins.push(undefined)
    const first = bins[bin]
    piece.next = first
    if (first !== undefined) first.previous = piece
    bins[bin] = piece
    if (piece.before === undefined && piece.after === undefined) whole.add(piece)
  }
  const takeOut = (piece: Piece<R>): void => {
    const { previous, next } = piece
    if (next !== undefined) next.previous = previous
    if (previous !== undefined) previous.next = next
    else bins[sizeClass(piece.byteLength)] = next
    piece.previous = undefined
    piece.next = undefined
    if (piece.before === undefined && piece.after === undefined) whole.delete(piece)
  }
  const bestFit = (bytes: number): Piece<R> | undefined => {
    for (let at = sizeClass(bytes); at < bins.length; at++) {
      let best: Piece<R> | undefined
      let looked = 0
      for (let piece = bins[at]; piece !== undefined; piece = piece.next) {
        if (piece.byteLength === bytes) return piece
        if (piece.byteLength >= bytes && (best === undefined || piece.byteLength < best.byteLength)) best = piece
        if (++looked >= mostLookedAt && best !== undefined) return best
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
    return pieceOf(region, region.base, byteLength)
  }
  const split = (piece: Piece<R>, bytes: number): void => {
    const rest = piece.byteLength - bytes
    if (rest < alignment) return
    const { region, after } = piece
    const tail = pieceOf(region, piece.address + bytes, rest)
    tail.before = piece
    tail.after = after
    if (after !== undefined) after.before = tail
    piece.after = tail
    piece.byteLength = bytes
    putBack(tail)
  }
  /** Joins `piece` with the free one behind it. */
  const join = (piece: Piece<R>): void => {
    const { after } = piece
    if (after?.state !== 'free') return
    takeOut(after)
    after.state = 'joined'
    piece.byteLength += after.byteLength
    piece.after = after.after
    if (after.after !== undefined) after.after.before = piece
  }

  const take = (bytes: number): Piece<R> | undefined => {
    const found = bestFit(bytes)
    if (found !== undefined) takeOut(found)
    return found ?? grow(bytes)
  }
  const takeAfter = (bytes: number): Piece<R> | undefined => {
    reclaim()
    return take(bytes)
  }

  return {
    allocate: (byteLength, forWhat) => {
      const bytes = roundUp(byteLength)
      const piece = take(bytes) ?? takeAfter(bytes)
      if (piece === undefined) {
        throw new ConvokeError(
          `allocate: out of memory: ${forWhat} needs ${showBytes(bytes)}; ${showBytes(used)} are in use, ${showBytes(reserved)} reserved. Dispose tensors, use scope(), or a smaller batch.`,
        )
      }
      split(piece, bytes)
      piece.state = 'given'
      used += piece.byteLength
      return piece
    },
    free: (span) => {
      const given = span as Piece<R>
      if (given.state !== 'given') {
        throw new ConvokeError(`The memory at ${span.address} is freed twice, or was never allocated.`)
      }
      used -= given.byteLength
      join(given)
      const { before } = given
      if (before?.state === 'free') {
        takeOut(before)
        given.state = 'joined'
        before.byteLength += given.byteLength
        before.after = given.after
        if (given.after !== undefined) given.after.before = before
        putBack(before)
      } else putBack(given)
    },
    use: () => ({ used, reserved }),
    trim: () => release(0),
  }
}
