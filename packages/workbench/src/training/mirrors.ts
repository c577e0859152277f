// Whether mirrored pictures still show what they showed: not with digits, letters and signs that point somewhere. Seen from the data:
// mirrored pictures are told by their nearest neighbours not much worse than the pictures as they are, and they do not look like real
// ones of another class more often.

import { type data, matmul, randomSource, scope, type Tensor, tensor } from 'convoke'

export interface Mirrored {
  /** Share of pictures whose nearest neighbour is of their class, as they are and mirrored. */
  readonly usual: number
  readonly mirrored: number
  /** Share of pictures that are as near to one of another class as those of that class are to each other, as they are and mirrored. */
  readonly confused: number
  readonly mirroredConfused: number
  /** Pictures asked. */
  readonly asked: number
  /** Whether mirroring keeps classes. */
  readonly keeps: boolean
}

/** Pictures that are asked, and among which each looks for its neighbour: they are among those. */
const [mostAsked, mostKnown] = [500, 1500]

/** Fewer pictures tell nothing. */
const leastAsked = 100

/** Side that pictures are brought to, each square of it the mean of what it covers. */
const side = 12

/** What mirrored pictures keep of the score as they are: shoes that all point one way keep two thirds, and written digits a third. */
const leastKept = 0.6

/** Standard deviations by which the score of mirrored pictures is taken to be lower than it was found. */
const unsure = 1.5

/** How much more often mirrored pictures may look like those of another class, beside what chance makes of it. */
const mostConfused = 0.045

/** A picture is as near to another as those of a class are to each other when this share of them is less near. */
const nearness = 0.2

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

interface Neighbour {
  readonly label: number
  /** Correlation of the two pictures. */
  readonly likeness: number
}

const stacked = (pictures: readonly Float32Array[]): Tensor => {
  const length = pictures[0].length
  const all = new Float32Array(pictures.length * length)
  for (const [at, picture] of pictures.entries()) all.set(picture, at * length)
  return tensor(all, { shape: [pictures.length, length] })
}

/** The nearest of the known pictures to each of some, of which each is the known one of the same place, itself left out. */
async function nearest(pictures: readonly Float32Array[], known: readonly Known[]): Promise<Neighbour[]> {
  const products = scope(() =>
    matmul(stacked(pictures), stacked(known.map(({ picture }) => picture)), { transposeB: true }),
  )
  const likenesses = await products.data()
  products.dispose()
  return pictures.map((_, at) => {
    let [likeness, label] = [Number.NEGATIVE_INFINITY, -1]
    known.forEach((other, one) => {
      const product = likenesses[at * known.length + one]
      if (one !== at && product > likeness) [likeness, label] = [product, other.label]
    })
    return { label, likeness }
  })
}

/** For each class, how alike two of its pictures are that are not among the least alike. */
async function likenessWithin(known: readonly Known[]): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number[]>()
  const pictures = known.map(({ picture }) => picture)
  for (const [at, neighbour] of (await nearest(pictures, known)).entries()) {
    const { label } = known[at]
    if (neighbour.label !== label) continue
    const own = found.get(label) ?? []
    own.push(neighbour.likeness)
    found.set(label, own)
  }
  return new Map(
    [...found].map(([label, own]) => [label, own.sort((a, b) => a - b)[Math.floor(nearness * own.length)]]),
  )
}

/** Null where that cannot be told: too few pictures, or neighbours that know no more than guessing does. */
export async function mirroredClasses(set: data.Dataset<data.ClassifiedPicture>): Promise<Mirrored | null> {
  const random = randomSource(2)
  const order = Array.from({ length: set.length }, (_, i) => i)
  const count = Math.min(mostKnown, set.length)
  for (let i = 0; i < count; i++) {
    const other = i + random.integer(set.length - i)
    ;[order[i], order[other]] = [order[other], order[i]]
  }
  const known: Known[] = []
  for (const index of order.slice(0, count)) {
    const { image, label } = await set.get(index)
    known.push({ picture: small(image), label })
  }
  const asked = known.slice(0, mostAsked)
  const sizes = new Map<number, number>()
  for (const { label } of known) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  if (asked.length < leastAsked || sizes.size < 2) return null
  const within = await likenessWithin(known)
  const scoreOf = async (change: (picture: Float32Array) => Float32Array) => {
    let [right, confused] = [0, 0]
    const neighbours = await nearest(
      asked.map(({ picture }) => change(picture)),
      known,
    )
    neighbours.forEach((found, at) => {
      const { label } = asked[at]
      if (found.label === label) right++
      else if (found.likeness >= (within.get(found.label) ?? Number.POSITIVE_INFINITY)) confused++
    })
    return { right: right / asked.length, confused: confused / asked.length }
  }
  const usual = await scoreOf((picture) => picture)
  let largest = 0
  for (const size of sizes.values()) largest = Math.max(largest, size)
  const guessed = largest / known.length
  if (usual.right < guessed + deviations * Math.sqrt((guessed * (1 - guessed)) / asked.length)) return null
  const mirrored = await scoreOf(mirror)
  const chance = Math.sqrt((usual.confused + mirrored.confused) / asked.length)
  // Of few pictures, chance alone may keep that many.
  const sure = mirrored.right - unsure * Math.sqrt((mirrored.right * (1 - mirrored.right)) / asked.length)
  return {
    ...{ usual: usual.right, mirrored: mirrored.right, asked: asked.length },
    ...{ confused: usual.confused, mirroredConfused: mirrored.confused },
    keeps: sure >= leastKept * usual.right && mirrored.confused <= usual.confused + mostConfused + chance,
  }
}
