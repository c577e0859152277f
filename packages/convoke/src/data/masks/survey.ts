// What values the masks of a set hold, how many pixels each, and whether they look like areas or like soft edges.

import type { StoredMask } from './stored.ts'

/** How often a value occurs, and where. */
export interface Occurrence {
  /** Pixels that hold it. */
  pixels: number
  /** Pixels whose four neighbours all hold the same value (about the same, where compression loses): areas have such. */
  flat: number
  /** Pixels with both a lower and a higher value beside them: soft edges consist of such. */
  slope: number
  /** The first file that holds it. */
  readonly file: string
  /** The sets that it occurs in, by number. */
  readonly sets: Set<number>
  /** Other values that files hold with it, two of them at most. */
  readonly beside: Set<number>
}

/** Masks stored in the same way. */
export interface SurveyGroup {
  /** What the numbers are. */
  readonly kind: StoredMask['kind']
  /** Bits of a grey value. */
  readonly bits: number
  /** Whether the compression changes values. */
  readonly lossy: boolean
  /** Masks counted. */
  files: number
  /** By grey value or colour 0xrrggbb; of palettes by index · 2²⁴ + colour. */
  readonly values: Map<number, Occurrence>
  /** The opacity of each value, 'mixed' where it varies. */
  readonly alphaOf: Map<number, number | 'mixed'>
  /** By opacity; empty where there is none. */
  readonly alphas: Map<number, Occurrence>
}

/** What the masks of a set hold. */
export interface MaskSurvey {
  /** Masks stored in the same way, together. */
  readonly groups: SurveyGroup[]
  /** Masks counted. */
  files: number
  /** Pixels counted. */
  pixels: number
  /** Pixels that equal their right neighbour. */
  repeated: number
  /** Set where a file holds more values than are counted: it is no mask. */
  crowded: string | null
}

/** More values than this in one way of storing are not counted further. */
const mostValues = 65536

/** Values this close count as equal where compression loses. */
const lossyTolerance = 12

/** A survey of no masks yet. */
export const emptySurvey = (): MaskSurvey => ({ groups: [], files: 0, pixels: 0, repeated: 0, crowded: null })

/** Adds a mask of one of several sets, by its number, to what is known of all. */
export function surveyMask(survey: MaskSurvey, mask: StoredMask, file: string, set = 0): void {
  const group = groupOf(survey, mask)
  const { height, width, values, alpha, palette, lossy } = mask
  const id = idsOf(mask)
  group.files++
  survey.files++
  survey.pixels += height * width
  countInto(group.values, values, { height, width, file, set, tolerance: lossy ? lossyTolerance : 0, id })
  if (group.values.size > mostValues) survey.crowded ??= file
  for (let p = 1; p < values.length; p++) if (values[p] === values[p - 1]) survey.repeated++
  const opacity = alpha ?? (palette?.some((one) => one.alpha < 255) ? paletteAlpha(mask) : null)
  if (opacity === null) return
  countInto(group.alphas, opacity, { height, width, file, set, tolerance: 0, id: (value) => value })
  for (let p = 0; p < values.length; p++) {
    if (p > 0 && values[p] === values[p - 1] && opacity[p] === opacity[p - 1]) continue
    const key = id(values[p])
    const before = group.alphaOf.get(key)
    if (before === undefined) group.alphaOf.set(key, opacity[p])
    else if (before !== opacity[p]) group.alphaOf.set(key, 'mixed')
  }
}

function groupOf({ groups }: MaskSurvey, { kind, bits, lossy }: StoredMask): SurveyGroup {
  const found = groups.find((one) => one.kind === kind && one.bits === bits && one.lossy === lossy)
  if (found !== undefined) return found
  const made: SurveyGroup = {
    ...{ kind, bits, lossy, files: 0, values: new Map(), alphaOf: new Map(), alphas: new Map() },
  }
  groups.push(made)
  return made
}

const idsOf = ({ palette }: StoredMask): ((value: number) => number) =>
  palette === null ? (value) => value : (index) => index * 2 ** 24 + (palette[index]?.colour ?? 0)

const paletteAlpha = ({ values, palette }: StoredMask): Uint8Array =>
  Uint8Array.from(values, (index) => palette![index]?.alpha ?? 255)

interface Counting {
  readonly height: number
  readonly width: number
  readonly file: string
  readonly set: number
  readonly tolerance: number
  readonly id: (value: number) => number
}

function countInto(
  into: Map<number, Occurrence>,
  values: ArrayLike<number>,
  { height, width, file, set, tolerance, id }: Counting,
): void {
  let before = Number.NaN
  let found: Occurrence | undefined
  const own = new Map<number, Occurrence>()
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const value = values[p]
      if (value !== before) {
        before = value
        const key = id(value)
        found = into.get(key)
        if (found === undefined) {
          found = { pixels: 0, flat: 0, slope: 0, file, sets: new Set(), beside: new Set() }
          into.set(key, found)
        }
        found.sets.add(set)
        own.set(key, found)
      }
      found!.pixels++
      if (isFlat(values, x, y, width, height, tolerance)) found!.flat++
      else if (isSlope(values, x, y, width, height)) found!.slope++
    }
  }
  for (const [key, one] of own) noteBeside(one, key, own.keys())
}

/** Whether a value stands beside one other at most in all files is all that is asked for. */
const mostBeside = 2

function noteBeside({ beside }: Occurrence, key: number, others: Iterable<number>): void {
  for (const other of others) {
    if (beside.size === mostBeside) return
    if (other !== key) beside.add(other)
  }
}

function isFlat(
  values: ArrayLike<number>,
  x: number,
  y: number,
  width: number,
  height: number,
  tolerance: number,
): boolean {
  if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return false
  const p = y * width + x
  const own = values[p]
  if (tolerance === 0)
    return values[p - 1] === own && values[p + 1] === own && values[p - width] === own && values[p + width] === own
  const near = (other: number): boolean => colourDistance(own, other) <= tolerance
  return near(values[p - 1]) && near(values[p + 1]) && near(values[p - width]) && near(values[p + width])
}

/** For greys up to 255 and for colours alike. */
const colourDistance = (a: number, b: number): number =>
  Math.max(
    Math.abs((a >> 16) - (b >> 16)),
    Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)),
    Math.abs((a & 255) - (b & 255)),
  )

function isSlope(values: ArrayLike<number>, x: number, y: number, width: number, height: number): boolean {
  const own = values[y * width + x]
  let [lower, higher] = [false, false]
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      const other = values[v * width + u]
      lower ||= other < own
      higher ||= other > own
    }
  }
  return lower && higher
}
