// What is asked of objects that the platform brings, as types of our own: the declarations of this package need no more
// than the standard library of ES2022, neither a browser's nor Node's.

/** What is read of an `AbortSignal`. */
export interface StopSignal {
  readonly aborted: boolean
}

/** An `AbortSignal`, as far as waiting for the network needs it. */
export interface WaitingSignal extends StopSignal {
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What is read of a `URL`. */
export interface Address {
  readonly href: string
}
