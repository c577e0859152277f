/** Every refusal of the library: the message states the value, the rule and the way out. */
export class ConvokeError extends Error {
  override readonly name: string = 'ConvokeError'
}

/** Throws a {@link ConvokeError} when `holds` is false. The message is only built when it is needed. */
export function check(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new ConvokeError(message())
}

/** `[8, 28, 28, 1]`, as shapes are written in every message. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** A value as a person would type it, shortened, for messages. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map(show).join(', ')
    return value.length > 8 ? `[${shown}, …]` : `[${shown}]`
  }
  return Object.prototype.toString.call(value).slice(8, -1)
}
