// An arena's spans as the engine's buffers. Objects of one class, because every op makes and frees some.

import { ConvokeError } from '../../../shapes/error.ts'
import type { Arena, Region, Span } from './arena.ts'
import type { Buffer } from './runtime.ts'

/** Where the bytes of a span are found. */
export interface Home<R extends Region> {
  readonly memoryOf: (span: Span<R>) => ArrayBufferLike
  /** Bytes from the start of that memory. */
  readonly offsetOf: (span: Span<R>) => number
}

class SpanBuffer<R extends Region> implements Buffer {
  readonly address: number
  readonly byteLength: number
  readonly span: Span<R>
  readonly home: Home<R>

  constructor(span: Span<R>, byteLength: number, home: Home<R>) {
    this.address = span.address
    this.byteLength = byteLength
    this.span = span
    this.home = home
  }

  float32(): Float32Array {
    const { home, span } = this
    return new Float32Array(home.memoryOf(span), home.offsetOf(span), Math.floor(this.byteLength / 4))
  }

  int32(): Int32Array {
    const { home, span } = this
    return new Int32Array(home.memoryOf(span), home.offsetOf(span), Math.floor(this.byteLength / 4))
  }

  uint8(): Uint8Array {
    const { home, span } = this
    return new Uint8Array(home.memoryOf(span), home.offsetOf(span), this.byteLength)
  }
}

export interface Buffers {
  readonly allocate: (byteLength: number, forWhat?: string) => Buffer
  /** Throws `ConvokeError` for a buffer that is not from here, and for one that is freed already. */
  readonly free: (buffer: Buffer) => void
}

export function buffersOf<R extends Region>(arena: Arena<R>, home: Home<R>): Buffers {
  // An object of its own tells this arena's buffers from another's.
  const own = Object.freeze({ ...home })
  return {
    allocate: (byteLength, forWhat = 'a buffer') =>
      new SpanBuffer(arena.allocate(byteLength, forWhat), byteLength, own),
    free: (buffer) => {
      if (!(buffer instanceof SpanBuffer) || buffer.home !== own) {
        throw new ConvokeError('A buffer of another runtime cannot be freed here.')
      }
      arena.free(buffer.span)
    },
  }
}
