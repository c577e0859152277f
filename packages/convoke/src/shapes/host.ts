// What is asked of objects that the platform brings, as types of our own: the declarations of this package need no more
// than the standard library of ES2022, neither a browser's nor Node's.

/** What is read of an `AbortSignal`. */
export interface StopSignal {
  /** Whether the caller has asked to stop. */
  readonly aborted: boolean
}

/** An `AbortSignal`, as far as waiting for the network needs it. */
export interface WaitingSignal extends StopSignal {
  /** What the caller gave as the reason: the error that waiting ends with. */
  readonly reason: unknown
  /** Throws `reason` where the signal is aborted, else does nothing. */
  throwIfAborted(): void
  /** Calls `listener` once the caller asks to stop. */
  addEventListener(type: 'abort', listener: () => void): void
  /** Calls `listener` no longer. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What is read of a `URL`. */
export interface Address {
  /** The address as text. */
  readonly href: string
}
