// Whether mirrored pictures still show what they showed: not with digits, letters and signs that point somewhere. Seen from the data: a
// nearest neighbour among the pictures as they are tells the classes of mirrored ones as well, or it does not.

import { type data, randomSource } from 'convoke'

export interface Mirrored {
  /** Share of pictures whose nearest neighbour is of their class, as they are and mirrored. */
  readonly usual: number
  readonly mirrored: number
  /** Pictures asked. */
  readonly asked: number
  /** Whether mirroring keeps classes. */
  readonly keeps: boolean
}

/** Pictures that are asked, and among which each looks for its neighbour. */
const [mostAsked, mostKnown] = [250, 750]

/** Side that pictures are brought to, each square of it the mean of what it covers. */
const side = 12

/** What mirrored pictures may lose of the score as they are; more than chance takes from some hundreds. */
const leastKept = 0.85

/** Scores within so many standard deviations of guessing the largest class tell nothing. */
const deviations = 2

/** A picture in side × side squares of all channels, its mean taken away and its length made 1. */
function small({ shape: [height, width, channels], data: values }: data.Values): Float32Array {
  const squares = new Float32Array(side * side * channels)
  const counts = new Float32Array(side * side)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const square = Math.floor((y * side) / height) * side + Math.floor((x * side) / width)
      counts[square]++
      for (let c = 0; c < channels; c++)
        squares[square * channels + c] += Number(values[(y * width + x) * channels + c])
    }
  }
  for (let i = 0; i < squares.length; i++) squares[i] /= Math.max(1, counts[Math.floor(i / channels)])
  const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length
  const length = Math.sqrt(squares.reduce((sum, value) => sum + (value - mean) ** 2, 0)) || 1
  return squares.map((value) => (value - mean) / length)
}

function mirror(squares: Float32Array): Float32Array {
  const channels = squares.length / (side * side)
  return squares.map((_, i) => {
    const [square, c] = [Math.floor(i / channels), i % channels]
    const x = square % side
    return squares[(square - x + (side - 1 - x)) * channels + c]
  })
}

interface Known {
  readonly picture: Float32Array
  readonly label: number
}

function nearest(picture: Float32Array, known: readonly Known[]): number {
  let [best, label] = [Number.NEGATIVE_INFINITY, -1]
  for (const one of known) {
    let product = 0
    for (let i = 0; i < picture.length; i++) product += picture[i] * one.picture[i]
    if (product > best) [best, label] = [product, one.label]
  }
  return label
}

/** Null where that cannot be told: too few pictures, or neighbours that know no more than guessing does. */
export async function mirroredClasses(set: data.Dataset<data.ClassifiedPicture>): Promise<Mirrored | null> {
  const random = randomSource(2)
  const order = Array.from({ length: set.length }, (_, i) => i)
  const count = Math.min(mostAsked + mostKnown, set.length)
  for (let i = 0; i < count; i++) {
    const other = i + random.integer(set.length - i)
    ;[order[i], order[other]] = [order[other], order[i]]
  }
  const all: Known[] = []
  for (const index of order.slice(0, count)) {
    const { image, label } = await set.get(index)
    all.push({ picture: small(image), label })
  }
  const asked = all.slice(0, Math.min(mostAsked, Math.floor(count / 4)))
  const known = all.slice(asked.length)
  const sizes = new Map<number, number>()
  for (const { label } of all) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  if (asked.length < 30 || sizes.size < 2) return null
  const scoreOf = (change: (picture: Float32Array) => Float32Array): number =>
    asked.filter(({ picture, label }) => nearest(change(picture), known) === label).length / asked.length
  const usual = scoreOf((picture) => picture)
  let largest = 0
  for (const size of sizes.values()) largest = Math.max(largest, size)
  const guessed = largest / all.length
  if (usual < guessed + deviations * Math.sqrt((guessed * (1 - guessed)) / asked.length)) return null
  const mirrored = scoreOf(mirror)
  return { usual, mirrored, asked: asked.length, keeps: mirrored >= leastKept * usual }
}
