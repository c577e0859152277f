// Numbers as nested lists, as TypeScript and Python both read them.

/** A number that both languages read back as the same float32. */
export const literal = (value: number): string => {
  const text = String(Number(value.toPrecision(9)))
  return Object.is(value, -0) ? '0' : text
}

/** `[[1, 2], [3, 4]]`, the innermost two axes on a line of their own where there are more. */
export function nested(values: readonly number[], shape: readonly number[], indent = ''): string {
  const [count, ...rest] = shape
  if (rest.length === 0) return `[${values.map(literal).join(', ')}]`
  const size = values.length / count
  const parts = Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size))
  const flat = `[${parts.map((part) => nested(part, rest)).join(', ')}]`
  if (flat.length <= 72) return flat
  const inner = `${indent}  `
  return `[\n${parts.map((part) => `${inner}${nested(part, rest, inner)},\n`).join('')}${indent}]`
}

/** The same values with their axes in another order. */
export function transposed(values: readonly number[], shape: readonly number[], order: readonly number[]): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((total, size) => total * size, 1))
  const target = order.map((axis) => shape[axis])
  const walk = (axis: number, offset: number): number[] =>
    axis === target.length
      ? [values[offset]]
      : Array.from({ length: target[axis] }, (_, i) => walk(axis + 1, offset + i * strides[order[axis]])).flat()
  return walk(0, 0)
}
