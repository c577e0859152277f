// How the elements of one value lie along the axes that another is read with.

/** Whether strides are those of rows that lie one after the other: element i is at place i. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let next = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== next) return false
    next *= shape[axis]
  }
  return true
}

/** Whether element i is read at place i modulo `length`: one value a channel, the channels last. */
export function isPerChannel(shape: readonly number[], strides: readonly number[], length: number): boolean {
  let next = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue
    if (strides[axis] !== (next < length ? next : 0)) return false
    next *= shape[axis]
    if (next > length && next / shape[axis] < length) return false
  }
  return next % length === 0
}

/** The places in an index space where an axis ends, counted in elements from the end. */
const cutsOf = (shape: readonly number[]): number[] => {
  let size = 1
  return shape.toReversed().map((length) => {
    size *= length
    return size
  })
}

/** A shape of the same number of elements that has a boundary of axes wherever one of the shapes has one; null where they do not nest. */
export function commonShape(shapes: readonly (readonly number[])[]): number[] | null {
  const cuts = [...new Set([1, ...shapes.flatMap(cutsOf)])].toSorted((a, b) => a - b)
  const sizes: number[] = []
  for (let i = 1; i < cuts.length; i++) {
    if (cuts[i] % cuts[i - 1] !== 0) return null
    sizes.push(cuts[i] / cuts[i - 1])
  }
  return sizes.length === 0 ? [1] : sizes.reverse()
}

/** Strides over `shape` as strides over a finer one. */
export function refined(shape: readonly number[], strides: readonly number[], finer: readonly number[]): number[] {
  const found: number[] = []
  let axis = shape.length - 1
  let left = 1
  let stride = 0
  for (let i = finer.length - 1; i >= 0; i--) {
    if (left === 1) {
      while (axis >= 0 && shape[axis] === 1) axis--
      left = axis < 0 ? 1 : shape[axis]
      stride = axis < 0 ? 0 : strides[axis]
      axis--
    }
    found.push(stride)
    stride *= finer[i]
    left /= finer[i]
  }
  return found.reverse()
}

/** The same index space with as few axes as can be. */
export function collapsed(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
): { readonly shape: number[]; readonly strides: number[][] } {
  const kept: { size: number; readonly steps: number[] }[] = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue
    const own = strides.map((each) => each[axis])
    const inner = kept.at(-1)
    if (inner !== undefined && own.every((stride, i) => stride === inner.steps[i] * inner.size))
      inner.size *= shape[axis]
    else kept.push({ size: shape[axis], steps: own })
  }
  if (kept.length === 0) kept.push({ size: 1, steps: strides.map(() => 0) })
  kept.reverse()
  return { shape: kept.map(({ size }) => size), strides: strides.map((_, i) => kept.map(({ steps }) => steps[i])) }
}
