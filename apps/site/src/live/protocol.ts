// What the page and the worker that runs an example say to each other.

/** A picture as bytes of red, green, blue and opacity. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** A result of a program, in the order in which they came about. */
export type Result =
  | { readonly kind: 'value' | 'log'; readonly line?: number; readonly text: string }
  | { readonly kind: 'picture'; readonly line?: number; readonly picture: Picture }

export type Answer =
  | Result
  | { readonly kind: 'done'; readonly backend: string; readonly milliseconds: number }
  | { readonly kind: 'error'; readonly line?: number; readonly text: string }
