// Colours without end, far from each other: farthest-point sampling (Gonzalez 1985) in Oklab (Ottosson 2020), where equal distances look
// about equal.

export type Rgb = readonly [red: number, green: number, blue: number]

type Lab = readonly [lightness: number, a: number, b: number]

/** From 0 to 255 to linear light. */
const linear = (byte: number): number => {
  const value = byte / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

/** A colour of sRGB in Oklab. */
export function oklab([red, green, blue]: Rgb): Lab {
  const [r, g, b] = [linear(red), linear(green), linear(blue)]
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

/** Lightness that shows on white and on black, and the least chroma that is no grey. */
const [darkest, lightest, palest] = [0.42, 0.82, 0.07]

/** Values of each of red, green and blue among which colours are looked for. */
const levels = 32

interface Candidates {
  readonly colours: readonly Rgb[]
  readonly labs: readonly Lab[]
  /** To the nearest colour that is taken, squared. */
  readonly distances: Float64Array
}

function candidatesBeside(taken: readonly Rgb[]): Candidates {
  const colours: Rgb[] = []
  const level = (n: number): number => Math.round((255 * n) / (levels - 1))
  for (let r = 0; r < levels; r++)
    for (let g = 0; g < levels; g++)
      for (let b = 0; b < levels; b++) {
        const colour: Rgb = [level(r), level(g), level(b)]
        const [lightness, greenRed, blueYellow] = oklab(colour)
        if (lightness < darkest || lightness > lightest || Math.hypot(greenRed, blueYellow) < palest) continue
        colours.push(colour)
      }
  const labs = colours.map(oklab)
  const distances = new Float64Array(colours.length).fill(Number.POSITIVE_INFINITY)
  const found = { colours, labs, distances }
  for (const one of taken) bringNear(found, oklab(one))
  return found
}

/** A colour is taken: candidates near it are less far from all that are. */
function bringNear({ labs, distances }: Candidates, [l, a, b]: Lab): void {
  for (let i = 0; i < labs.length; i++) {
    const [ownL, ownA, ownB] = labs[i]
    const distance = (ownL - l) ** 2 + (ownA - a) ** 2 + (ownB - b) ** 2
    if (distance < distances[i]) distances[i] = distance
  }
}

/** Colours by index from 0, each as far as can be from those of lower indices and from `taken`; looked for when they are asked for. */
export function farColours(taken: readonly Rgb[]): (index: number) => Rgb {
  const made: Rgb[] = []
  let candidates: Candidates | undefined
  return (index) => {
    candidates ??= candidatesBeside(taken)
    const { colours, labs, distances } = candidates
    while (made.length <= index % colours.length) {
      let far = 0
      for (let i = 1; i < distances.length; i++) if (distances[i] > distances[far]) far = i
      made.push(colours[far])
      bringNear(candidates, labs[far])
    }
    return made[index % colours.length]
  }
}
