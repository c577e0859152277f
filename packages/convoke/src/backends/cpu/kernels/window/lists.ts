// Which inputs every output of a windowed kernel reads, as tables for the program. A window is a product of lists: one
// over the leading spatial axes together (by row of outputs), one over the last axis (by column). So adaptive windows,
// padding, dilation, adjoints and resizing are all the same to the program.

/** One input of a list, at `index` along its axes, with its weight. */
export interface Tap {
  readonly index: number
  readonly weight: number
}

/** The inputs of one output along some axes; `divisor` is what a mean divides by along them. */
export interface TapList {
  readonly taps: readonly Tap[]
  readonly divisor: number
}

/** Lists over two axes as lists over both: indices along the first count `stride` each. */
export const productOfLists = (outer: readonly TapList[], inner: readonly TapList[], stride: number): TapList[] =>
  outer.flatMap((first) =>
    inner.map((second) => ({
      divisor: first.divisor * second.divisor,
      taps: first.taps.flatMap((a) =>
        second.taps.map((b) => ({ index: a.index * stride + b.index, weight: a.weight * b.weight })),
      ),
    })),
  )

/** The list with one tap, for axes that are not there. */
export const singleTap: TapList = { taps: [{ index: 0, weight: 1 }], divisor: 1 }

/** Lists of the adjoint: which outputs read input i. Divisors go into the weights. */
export function adjointLists(lists: readonly TapList[], inputs: number): TapList[] {
  const adjoint = Array.from({ length: inputs }, (): Tap[] => [])
  lists.forEach(({ taps, divisor }, output) => {
    for (const { index, weight } of taps) adjoint[index].push({ index: output, weight: weight / divisor })
  })
  return adjoint.map((taps) => ({ taps, divisor: 1 }))
}

/** What the second word of a tap holds. */
export type TapWord = 'index' | 'weight'

export interface WindowTable {
  readonly words: Int32Array<ArrayBuffer>
  /** Byte offsets of the first descriptor of a row and of a column. */
  readonly rows: number
  readonly columns: number
}

/** Bytes of a descriptor: from itself to its taps, how many, its divisor as float32, and its own index in the output. */
export const descriptorBytes = 16
/** Bytes of a tap: the distance in the input, and its index or weight. */
export const tapBytes = 8

/**
 * The tables for pixels of `pixelBytes`. Taps of rows hold their distance from the start of the image, taps of columns
 * that from the tap before. A list without taps still has one to read, of zeros.
 */
export function windowTable(
  rows: readonly TapList[],
  columns: readonly TapList[],
  width: number,
  pixelBytes: number,
  word: TapWord,
): WindowTable {
  const size = (lists: readonly TapList[]) =>
    lists.reduce((total, { taps }) => total + 2 * Math.max(1, taps.length), 4 * lists.length)
  const words = new Int32Array(size(rows) + size(columns))
  const floats = new Float32Array(words.buffer)
  const write = (lists: readonly TapList[], start: number, stride: number, own: number, relative: boolean): number => {
    let next = start + 4 * lists.length
    lists.forEach(({ taps, divisor }, i) => {
      const descriptor = start + 4 * i
      words[descriptor] = 4 * (next - descriptor)
      words[descriptor + 1] = taps.length
      floats[descriptor + 2] = divisor
      words[descriptor + 3] = i * own
      taps.forEach(({ index, weight }, t) => {
        const from = relative && t > 0 ? taps[t - 1].index : 0
        words[next + 2 * t] = (index - from) * stride * pixelBytes
        if (word === 'index') words[next + 2 * t + 1] = index * stride
        else floats[next + 2 * t + 1] = weight
      })
      next += 2 * Math.max(1, taps.length)
    })
    return next
  }
  const middle = write(rows, 0, width, columns.length, false)
  write(columns, middle, 1, 1, true)
  return { words, rows: 0, columns: 4 * middle }
}
