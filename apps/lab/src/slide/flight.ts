// What flies in a step, and for how long.

export interface Flight {
  readonly from: Element
  readonly to: Element
  readonly text: string
  readonly negative: boolean
}

/** In milliseconds. */
export const duration = { products: 520, sum: 480 } as const

export const stepMilliseconds = duration.products + duration.sum
