// The labels of classes by name, for however many classes.

/** Position of each of `names` in `order`; −1 where it is not there. */
export function positionsIn(names: readonly string[], order: readonly string[]): number[] {
  const positions = new Map<string, number>()
  for (const [at, name] of order.entries()) if (!positions.has(name)) positions.set(name, at)
  return names.map((name) => positions.get(name) ?? -1)
}
