// Parameters of the address, read and written. What cannot be read is left out and named.

export interface AddressReader<Name extends string> {
  /** Parameters that could not be read, by name. */
  readonly refused: readonly Name[]
  /** What `take` makes of a parameter, or the usual where there is none; one for which it returns undefined is refused. */
  readonly read: <T>(name: Name, usual: T, take: (text: string) => T | undefined) => T
  /** One of some, by its text. */
  readonly choice: <T extends string | number>(name: Name, usual: T, options: readonly T[]) => T
  /** A whole number within bounds. */
  readonly whole: (name: Name, usual: number, least: number, most: number) => number
  /** `1` or `0`. */
  readonly flag: (name: Name, usual: boolean) => boolean
}

export function addressReader<Name extends string>(params: URLSearchParams): AddressReader<Name> {
  const refused: Name[] = []
  const read = <T>(name: Name, usual: T, take: (text: string) => T | undefined): T => {
    const text = params.get(name)
    if (text === null) return usual
    const taken = take(text)
    if (taken === undefined) refused.push(name)
    return taken ?? usual
  }
  return {
    ...{ refused, read },
    choice: (name, usual, options) => read(name, usual, (text) => options.find((option) => String(option) === text)),
    whole: (name, usual, least, most) => read(name, usual, (text) => wholeIn(text, least, most)),
    flag: (name, usual) => read(name, usual, (text) => (text === '1' ? true : text === '0' ? false : undefined)),
  }
}

/** The whole number that a text is, within bounds. */
export function wholeIn(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : undefined
}

/** The number from 0 to 1 that a text is, with six decimals at most. */
export function shareIn(text: string): number | undefined {
  const value = /^[01](\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  return value <= 1 ? value : undefined
}

/** Shares of a height and a width. */
export function placeIn(text: string): readonly [down: number, along: number] | undefined {
  const [down, along, ...more] = text.split(',').map(shareIn)
  return down === undefined || along === undefined || more.length > 0 ? undefined : [down, along]
}

/** Sets the parameters that are not as usual. */
export const addressWriter =
  (params: URLSearchParams) =>
  (name: string, text: string, usual: string): void => {
    if (text !== usual) params.set(name, text)
  }
