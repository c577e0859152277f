/** Every refusal of the library: the message states the value, the rule and the way out. */
export class ConvokeError extends Error {
  /** 'ConvokeError', or the name of a kind of it. */
  override readonly name: string = 'ConvokeError'

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
    made.onError?.(this)
  }
}

/** What a platform does with every refusal as it is made. */
export const made: {
  /** Called with each error as it is made; in Node it cuts the library's own lines off the stack. */
  onError?: ((error: Error) => void) | undefined
} = {}

/** Throws a {@link ConvokeError} when `holds` is false. The message is only built when it is needed. */
export function check(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new ConvokeError(message())
}

/**
 * Refuses options nobody reads: a misspelt `strides` must not pass silently. null is no value either, except for the
 * options named in `nullable`.
 */
export function checkOptions(
  op: string,
  options: unknown,
  known: readonly string[],
  nullable: readonly string[] = [],
): asserts options is object {
  check(
    options !== null && typeof options === 'object',
    () => `${op}: the options are ${show(options)}; they must be an object, as in { ${known.slice(0, 3).join(', ')} }.`,
  )
  for (const key of Object.keys(options)) {
    const value = (options as Record<string, unknown>)[key]
    check(known.includes(key), () => {
      const meant = known.find((one) => key.startsWith(one.slice(0, Math.max(2, one.length >> 1))))
      return `${op}: there is no option ${show(key)}. Known: ${known.join(', ')}.${meant ? ` Use ${meant}.` : ''}`
    })
    check(
      value !== null || nullable.includes(key),
      () => `${op}: the option ${key} is null, which is not a value. Leave it out to have its default.`,
    )
  }
}

/** An option that is on or off. */
export function checkFlag(op: string, name: string, value: unknown): void {
  check(
    value === undefined || typeof value === 'boolean',
    () => `${op}: ${name} is ${show(value)}; it must be true or false.`,
  )
}

/**
 * Elements one array of plain TypeScript code may have: 2 GiB of float32. Systems that promise memory they do not have
 * let larger ones through and end the process when they are filled.
 */
const mostElements = 2 ** 29

/** Runs `make`, which fills an array of `elements` numbers; when that is more than there is, the error says what for. */
export function withinMemory<T>(what: () => string, make: () => T, elements = 0): T {
  const tooMuch = (): string =>
    `${what()} cannot be allocated: out of memory. Dispose tensors that are no longer needed, or work in smaller pieces.`
  check(elements <= mostElements, tooMuch)
  try {
    return make()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ConvokeError(tooMuch())
  }
}

/** `[8, 28, 28, 1]`, as shapes are written in every message. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** A value as a person would type it, shortened, for messages. */
export function show(value: unknown): string {
  return shown(value, 0)
}

/** Lists in lists deeper than these are not written out. */
const deepest = 4

function shown(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value === null || value === undefined) return String(value)
  if (value instanceof Promise) return 'a promise (an await is missing)'
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) {
    if (depth >= deepest && value.length > 0) return '[…]'
    const list = value
      .slice(0, 8)
      .map((one) => shown(one, depth + 1))
      .join(', ')
    return value.length > 8 ? `[${list}, …]` : `[${list}]`
  }
  return Object.prototype.toString.call(value).slice(8, -1)
}
