// Which values of masks are which classes, from all values of a set.

import { ConvokeError, check } from '../../shapes/error.ts'
import { chooseChannel, type MaskChannel } from './channel.ts'
import { type ListedClass, namedClasses, typedValues, valuesText } from './class-list.ts'
import { borderValue, borderValues, looksSoft, lossyPair, softPair } from './soft.ts'
import { distanceOf, isColour, type MaskValue, valueText } from './stored.ts'
import type { MaskSurvey, Occurrence } from './survey.ts'
import { levelled, type WidthFactors } from './widths.ts'

/** How masks are read: plain data, so that it can be kept with what was trained on them. */
export interface MaskCoding {
  /** Which of the numbers of a pixel says its class. */
  readonly channel: MaskChannel
  /** The value of each class. */
  readonly values: readonly MaskValue[]
  /** Names of the classes, in the order of `values`. */
  readonly classes: readonly string[]
  /** Values whose pixels count nowhere. */
  readonly ignore: readonly MaskValue[]
  /** Whether values between those of the classes are mapped to the nearest one: soft edges, traces of compression. */
  readonly nearest: boolean
  /** What grey values of so many bits are multiplied by. */
  readonly factors: WidthFactors
  /** Share of each class in the pixels that count. */
  readonly shares: readonly number[]
  /** Share of all pixels whose value is ignored. */
  readonly ignored: number
  /** Share of all pixels whose value was mapped to the nearest class. */
  readonly softened: number
}

/** The options of `maskCoding`. */
export interface CodingOptions {
  /** The value of each class, where they are known; those that occur when not given. */
  readonly values?: readonly MaskValue[] | undefined
  /** Names of the classes. */
  readonly list?: readonly ListedClass[] | undefined
  /** What says the class; found out when not given. */
  readonly channel?: MaskChannel | undefined
  /** Values that count nowhere; 255 beside indices when not given. */
  readonly ignore?: readonly MaskValue[] | undefined
}

/** A set of so many classes is no set of masks but of pictures, or numbers single objects. */
const mostClasses = 1024

const sayWhich = 'Or say which values are classes: --mask-values'
const sayWhere = 'say where: --mask-channel'

/** Throws `ConvokeError` where classes would vanish, merge, or be made of what is none. */
export function maskCoding(source: string, survey: MaskSurvey, options: CodingOptions = {}): MaskCoding {
  check(
    survey.crowded === null,
    () => `${survey.crowded}: the file holds tens of thousands of different values. It is a picture, not a mask.`,
  )
  const listed = valuesOfList(options.list)
  const channel = options.channel ?? chooseChannel(survey, options.values ?? listed)
  const { factors, values: all } = levelled(survey, channel)
  const known = options.values ?? fitting(options.list, listed, all)
  const indices = channel === 'index' && survey.groups.every(({ kind }) => kind === 'palette')
  const ignore = options.ignore ?? usualIgnore(all, known, indices, options.list?.length)
  if (options.ignore === undefined) for (const value of ignore) checkBorder(source, value, all)
  const counted = new Map([...all].filter(([value]) => !ignore.includes(value)))
  check(counted.size > 0, () => `${source}: all pixels of all masks are ignored. Use --ignore-value none.`)
  const lossy = survey.groups.some((group) => group.lossy)
  const values = known ?? listedIndices(foundValues(source, counted, lossy, survey), options.list?.length)
  const strange = [...counted].filter(([value]) => !values.includes(value))
  if (known !== undefined) checkStrange(source, counted, known, lossy)
  return {
    ...{ channel, values, ignore, factors, nearest: strange.length > 0 },
    classes: namedClasses(source, values, options.list),
    shares: sharesOf(counted, values),
    ignored: shareOf(
      survey,
      [...all].filter(([value]) => ignore.includes(value)),
    ),
    softened: shareOf(survey, strange),
  }
}

/** The classes whose values occur in one of the sets of a survey, as labels. */
export function labelsInSet(survey: MaskSurvey, { channel, values }: MaskCoding, set: number): ReadonlySet<number> {
  const labelOf = new Map(values.map((value, label) => [value, label]))
  const all = [...levelled(survey, channel).values]
  return new Set(
    all.flatMap(([value, { sets }]) => {
      const label = labelOf.get(value)
      return label !== undefined && sets.has(set) ? [label] : []
    }),
  )
}

const valuesOfList = (list: readonly ListedClass[] | undefined): readonly MaskValue[] | undefined =>
  list?.every(({ value }) => value !== undefined) ? list.map(({ value }) => value!) : undefined

/**
 * The values of a list, where most pixels hold them: "3 doors" need not be about the value 3. Where the numbers are needed to
 * tell names apart, as in "zone 1" and "zone 2", all pixels must, but for those of a border.
 */
function fitting(
  list: readonly ListedClass[] | undefined,
  listed: readonly MaskValue[] | undefined,
  all: ReadonlyMap<MaskValue, Occurrence>,
): readonly MaskValue[] | undefined {
  if (listed === undefined) return undefined
  const inNames = list!.some(({ name, line }) => name === line)
  let [known, total] = [0, 0]
  for (const [value, { pixels }] of all) {
    if (inNames && borderValues.includes(value)) continue
    total += pixels
    if (listed.includes(value)) known += pixels
  }
  return known >= (inNames ? total : total / 2) ? listed : undefined
}

/** The border value beside indices: what was not listed, or what lies far from all others. */
function usualIgnore(
  all: ReadonlyMap<MaskValue, Occurrence>,
  known: readonly MaskValue[] | undefined,
  palette: boolean,
  names: number | undefined,
): readonly MaskValue[] {
  if (known === undefined && softPair(all) !== null) return []
  const border = borderValue(
    known === undefined ? all : new Map([...all].filter(([value]) => !known.includes(value))),
    known ?? [...all.keys()],
    palette,
    names,
  )
  return border === null ? [] : [border]
}

/**
 * A border stands beside classes. One that never does, but always beside the same value while other masks hold classes there, may be
 * the objects of masks of another coding: 0 and 255 among 0 and 1.
 */
function checkBorder(source: string, value: MaskValue, all: ReadonlyMap<MaskValue, Occurrence>): void {
  const { file, beside } = all.get(value)!
  check(
    beside.size !== 1,
    () =>
      `${source}: every mask with the value ${valueText(value)} holds the same one value beside it, as ${file} does. ${valueText(value)} may mark pixels that do not count, or an object that other masks store as another value. If the pixels do not count, add --ignore-value ${typedValues([value])}; otherwise save all masks with the same values.`,
  )
}

const shareOf = ({ pixels }: MaskSurvey, some: readonly (readonly [MaskValue, Occurrence])[]): number =>
  some.reduce((sum, [, one]) => sum + one.pixels, 0) / Math.max(1, pixels)

function sharesOf(counted: ReadonlyMap<MaskValue, Occurrence>, values: readonly MaskValue[]): readonly number[] {
  const pixels = values.map(() => 0)
  let total = 0
  for (const [value, one] of counted) {
    const label = values.indexOf(value)
    pixels[label >= 0 ? label : values.indexOf(nearestValue(value, values))] += one.pixels
    total += one.pixels
  }
  return pixels.map((own) => own / Math.max(1, total))
}

/** Values as one would name them for masks like these: colours for colours. */
const exampleOf = (values: readonly MaskValue[]): string =>
  values.some((value) => valueText(value).startsWith('#')) ? "'#000000,#804080,#4682b4'" : '0,128,255'

/** The values that are classes where nobody says which. */
function foundValues(
  source: string,
  counted: ReadonlyMap<MaskValue, Occurrence>,
  lossy: boolean,
  survey: MaskSurvey,
): readonly MaskValue[] {
  const values = [...counted.keys()].sort((a, b) => a - b)
  const [{ file }] = counted.values()
  check(
    values.length > 1,
    () =>
      `${source}: the masks do not distinguish classes: every pixel of ${survey.files === 1 ? 'the one mask' : `all ${survey.files} masks`} is ${valueText(values[0])}. Masks must hold a value for each class; if it is stored elsewhere, ${sayWhere}.`,
  )
  if (values.length === 2) return values
  if (lossy) {
    const pair = lossyPair(counted)
    check(
      pair !== null,
      () =>
        `${file}: the mask was saved with loss (JPEG), which changed its values (${valuesText(values)}), and more than two plain classes can no longer be told apart. Save masks as PNG. ${sayWhich} ${exampleOf(values)}.`,
    )
    return pair
  }
  const pair = softPair(counted)
  if (pair !== null) return pair
  const odd =
    looksSoft(counted) || (values.length > 64 && survey.repeated < survey.pixels / 2) || values.length > mostClasses
  check(
    !odd,
    () =>
      `${source}: the masks hold ${values.length} values (${valuesText(values)}), most of them in few pixels or scattered, as soft edges, pictures and numbers of single objects have. ${sayWhich} ${exampleOf(values)}.`,
  )
  return values
}

/** One value for each listed class from 0 on, where values are indices of the list and some do not occur. */
function listedIndices(values: readonly MaskValue[], names: number | undefined): readonly MaskValue[] {
  const indices = names !== undefined && names > values.length && values.every((value) => value < names)
  return indices ? Array.from({ length: names }, (_, value) => value) : values
}

/** Refuses values that were not named and are too many, or too far away, to stand for the nearest that was. */
function checkStrange(
  source: string,
  counted: ReadonlyMap<MaskValue, Occurrence>,
  values: readonly MaskValue[],
  lossy: boolean,
): void {
  const gap = leastGap(values)
  const reach = Math.min(16, gap / 2)
  const greys = values.filter((value) => !isColour(value))
  const [lowest, highest] = greys.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  )
  let [pixels, flat, total] = [0, 0, 0]
  let worst: readonly [MaskValue, Occurrence] | null = null
  for (const [value, one] of counted) {
    total += one.pixels
    if (values.includes(value)) continue
    const nearest = nearestValue(value, values)
    const distance = distanceOf(value, nearest)
    const outside =
      !isColour(value) && greys.length === values.length && (value < lowest - reach || value > highest + reach)
    if (gap < 8 || outside) refuse(source, value, one, values)
    if (lossy ? distance <= 40 : distance <= reach && !counted.has(nearest)) continue
    pixels += one.pixels
    flat += one.flat
    if (worst === null || one.pixels > worst[1].pixels) worst = [value, one]
  }
  if (worst !== null && (flat > 0.01 * total || pixels > 0.3 * total || (lossy && gap < 48)))
    refuse(source, worst[0], worst[1], values)
}

function refuse(source: string, value: MaskValue, { file }: Occurrence, values: readonly MaskValue[]): never {
  throw new ConvokeError(
    `${source}: ${file} holds the value ${valueText(value)}, which is not a class; the classes are ${valuesText(values)}. Name it as well (--mask-values ${typedValues([...values, value])}), or ignore it: --ignore-value ${typedValues([value])}.`,
  )
}

const leastGap = (values: readonly MaskValue[]): number => {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < values.length; i++)
    for (let j = 0; j < i; j++) least = Math.min(least, distanceOf(values[i], values[j]))
  return least
}

/** The value nearest to one that is no class; the first of equals. */
export function nearestValue(value: MaskValue, values: readonly MaskValue[]): MaskValue {
  let best = values[0]
  for (const one of values) if (distanceOf(value, one) < distanceOf(value, best)) best = one
  return best
}
