/**
 * Visits every row (run along the last axis) of `shape`, giving its length and the start of the row under each list of
 * strides. The `starts` array is reused between calls.
 */
export function forEachRow(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (count: number, starts: readonly number[]) => void,
): void {
  if (shape.some((size) => size === 0)) return
  const outer = shape.length - 1
  const count = outer < 0 ? 1 : shape[outer]
  const index = new Array<number>(Math.max(outer, 0)).fill(0)
  const starts = strides.map(() => 0)
  for (;;) {
    visit(count, starts)
    let axis = outer - 1
    for (; axis >= 0; axis--) {
      index[axis]++
      for (let s = 0; s < strides.length; s++) starts[s] += strides[s][axis]
      if (index[axis] < shape[axis]) break
      for (let s = 0; s < strides.length; s++) starts[s] -= strides[s][axis] * shape[axis]
      index[axis] = 0
    }
    if (axis < 0) return
  }
}
