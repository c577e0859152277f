// Which of the numbers of a pixel says its class: a grey value or palette index, a colour, one channel, the opacity.

import { ConvokeError, check } from '../../shapes/error.ts'
import { colourValue, isColour, type MaskValue, type StoredMask, valueText } from './stored.ts'
import type { MaskSurvey, Occurrence, SurveyGroup } from './survey.ts'

/** Every `MaskChannel`, as files and command lines name them. */
export const maskChannels = ['index', 'colour', 'alpha', 'red', 'green', 'blue'] as const

/**
 * 'index' is the grey value, or the index of a palette; 'colour' the colour, through the palette where there is one;
 * 'alpha' the opacity.
 */
export type MaskChannel = (typeof maskChannels)[number]

const shiftOf = { red: 16, green: 8, blue: 0 } as const

/** The value of one stored number: a grey, an index or 0xrrggbb. */
export function pixelValue(
  { kind, palette }: Pick<StoredMask, 'kind' | 'palette'>,
  channel: Exclude<MaskChannel, 'alpha'>,
  number: number,
): MaskValue {
  const colour = kind === 'palette' && channel !== 'index' ? (palette![number]?.colour ?? 0) : number
  if (kind === 'grey' || (kind === 'palette' && channel === 'index')) return number
  if (channel === 'index' || channel === 'colour') return colourValue(colour)
  return (colour >> shiftOf[channel]) & 255
}

const indexOf = (key: number): number => Math.floor(key / 2 ** 24)
const colourOf = (key: number): number => key % 2 ** 24

/** What a group of masks holds when it is read by `channel`. */
export function occurrencesOf(group: SurveyGroup, channel: MaskChannel): Map<MaskValue, Occurrence> {
  if (channel === 'alpha') {
    check(
      group.alphas.size > 0,
      () =>
        `${firstFile(group)}: the mask has no opacity (alpha) that could say the class. Choose another: --mask-channel.`,
    )
    return group.alphas
  }
  if (group.kind === 'grey') return group.values
  const found = new Map<MaskValue, Occurrence>()
  for (const [key, one] of group.values) {
    const number = group.kind === 'palette' && channel === 'index' ? indexOf(key) : colourOf(key)
    const kind = group.kind === 'palette' && channel !== 'index' ? 'colour' : group.kind
    const value = pixelValue({ kind, palette: null }, channel, number)
    if (channel === 'index' && isColour(value))
      throw new ConvokeError(
        `${one.file}: the mask is in colour (${valueText(value)}) and has no indices. Use --mask-channel colour.`,
      )
    addOccurrence(found, value, one)
  }
  return found
}

export function addOccurrence(into: Map<MaskValue, Occurrence>, value: MaskValue, one: Occurrence): void {
  const before = into.get(value)
  if (before === undefined) {
    into.set(value, { ...one, sets: new Set(one.sets), beside: new Set(one.beside) })
    return
  }
  before.pixels += one.pixels
  before.flat += one.flat
  before.slope += one.slope
  for (const set of one.sets) before.sets.add(set)
  for (const other of one.beside) before.beside.add(other)
}

const firstFile = ({ values }: SurveyGroup): string => [...values.values()][0]?.file ?? 'a mask'

const choice = 'Say which counts: --mask-channel'

/**
 * The channel that says the class, where nobody did. Throws `ConvokeError` where two would give different classes.
 * `wanted` are the values that the user named.
 */
export function chooseChannel(survey: MaskSurvey, wanted: readonly MaskValue[] | undefined): MaskChannel {
  const opacity = alphaChoice(survey)
  if (opacity !== null) return opacity
  const palettes = survey.groups.filter(({ kind }) => kind === 'palette')
  const others = survey.groups.filter(({ kind }) => kind !== 'palette')
  if (wanted?.some(isColour)) return 'colour'
  if (palettes.length === 0) return others.some(({ kind }) => kind === 'colour') ? 'colour' : 'index'
  const keys = palettes.flatMap(({ values }) => [...values.keys()])
  if (others.length > 0) return besideOthers(survey, keys, others)
  if (wanted !== undefined) return keys.some((key) => wanted.includes(indexOf(key))) ? 'index' : 'colour'
  checkPalettes(palettes)
  return 'index'
}

/** The opacity counts where nothing else differs; null where it says nothing beyond the colour. */
function alphaChoice({ groups }: MaskSurvey): MaskChannel | null {
  const withAlpha = groups.filter(({ alphas }) => alphas.size > 0)
  const opacities = new Set(withAlpha.flatMap(({ alphas }) => [...alphas.keys()]))
  if (opacities.size < 2) return null
  const values = new Set(groups.flatMap((group) => [...occurrencesOf(group, 'colour').keys()]))
  if (values.size === 1 && withAlpha.length === groups.length) return 'alpha'
  for (const group of withAlpha) {
    checkHidden(group)
    for (const [key, alpha] of group.alphaOf) {
      if (alpha !== 'mixed' || group.kind === 'palette') continue
      const value = pixelValue({ kind: group.kind, palette: null }, 'colour', key)
      throw new ConvokeError(
        `${group.values.get(key)!.file}: pixels of the one colour ${valueText(value)} differ in their opacity. ${choice} colour, or --mask-channel alpha.`,
      )
    }
  }
  return null
}

/** Colours that editors leave behind where a picture was rubbed out would each be a class that nobody sees. */
function checkHidden({ kind, alphaOf, values }: SurveyGroup): void {
  const hidden = [...alphaOf].flatMap(([key, alpha]) => (alpha === 0 ? [key] : []))
  check(
    kind !== 'colour' || hidden.length < 2,
    () =>
      `${values.get(hidden[0])!.file}: ${hidden.length} colours, such as ${hex(colourOf(hidden[0]))} and ${hex(colourOf(hidden[1]))}, occur only where the mask is transparent, so they are invisible. ${choice} alpha, or save the mask without transparency; with --mask-channel colour each is a class.`,
  )
}

/** Palettes among other masks: whichever of index and colour occurs in those. */
function besideOthers(survey: MaskSurvey, keys: readonly number[], others: readonly SurveyGroup[]): MaskChannel {
  const known = new Set(others.flatMap((group) => [...occurrencesOf(group, 'colour').keys()]))
  const indices = new Set(keys.map(indexOf))
  const values = new Set(keys.map((key) => colourValue(colourOf(key))))
  const shared = (some: ReadonlySet<number>): number => [...some].filter((one) => known.has(one)).length
  const [byIndex, byColour] = [shared(indices), shared(values)]
  const same = keys.every((key) => colourValue(colourOf(key)) === indexOf(key))
  const coloured = [...known].some(isColour)
  if (same) return coloured ? 'colour' : 'index'
  if (coloured) return 'colour'
  check(
    byIndex !== byColour,
    () =>
      `${firstFile(survey.groups.find(({ kind }) => kind === 'palette')!)}: the mask has a palette, other masks have none, and neither its indices nor its colours fit theirs better. ${choice} index, or --mask-channel colour.`,
  )
  return byIndex > byColour ? 'index' : 'colour'
}

/** Index and colour must go together, or one of them is arbitrary. */
function checkPalettes(groups: readonly SurveyGroup[]): void {
  const colours = new Map<number, { readonly colour: number; readonly file: string }>()
  for (const group of groups) {
    for (const [key, { file }] of group.values) {
      const [index, colour] = [indexOf(key), colourOf(key)]
      const before = colours.get(index)
      if (before === undefined) colours.set(index, { colour, file })
      else
        check(
          before.colour === colour,
          () =>
            `the palettes of the masks differ: index ${index} is ${hex(before.colour)} in ${before.file} and ${hex(colour)} in ${file}. ${choice} index, or --mask-channel colour.`,
        )
    }
  }
}

const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`

/** The opacity values of one channel as a class are 0 to 255, or to 65535 in 16 bits. */
export const alphaValues = ({ alpha, palette, values }: StoredMask): ArrayLike<number> | null =>
  alpha ?? (palette === null ? null : Uint8Array.from(values, (index) => palette[index]?.alpha ?? 255))
