// What was made before of shapes and options: a program asks for the same few over and over, and checking them anew takes longer
// than a small kernel runs.

/** An option's value as text that no other value an op accepts shares: '2' is not 2. */
export const textOf = (value: unknown): string =>
  value === undefined || typeof value === 'number' ? `${value}` : JSON.stringify(value, withBigInts)

/** For options that are wrong, which are refused in words once they are looked at. */
const withBigInts = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)

/** Gives what `make` made for this key before, or makes it; all is forgotten when there are `most`. What is not `worthwhile` is not kept. */
export function createKnown<V>(
  most = 1024,
  worthwhile: (made: V) => boolean = () => true,
): (key: string, make: () => V) => V {
  const known = new Map<string, V>()
  return (key, make) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make()
    if (!worthwhile(made)) return made
    if (known.size >= most) known.clear()
    known.set(key, made)
    return made
  }
}

/** The same for each object by itself, as long as it is there. */
export function createKnownBy<K extends object, V>(most?: number): (object: K, key: string, make: () => V) => V {
  const each = new WeakMap<K, (key: string, make: () => V) => V>()
  return (object, key, make) => {
    const known = each.get(object) ?? createKnown<V>(most)
    each.set(object, known)
    return known(key, make)
  }
}
