// `convoke find`: a template in a picture.

import { dirname } from 'node:path'
import { show } from 'convoke/shapes'
import { protectInput } from '../apply/outputs.ts'
import { UsageError } from '../errors.ts'
import { readNumber } from '../options/numbers.ts'
import { defaultMaxMegapixels, readPicture } from '../picture/decode.ts'
import { outputFormat, writeFloats, writePicture } from '../picture/encode.ts'
import { channelsOf, makeSamples, type Picture } from '../picture/picture.ts'
import { isScene, scene } from '../picture/scene.ts'
import { prepareFolder } from '../picture/write-whole.ts'
import { complain, print, printJson, printNotes } from '../terminal/output.ts'
import { startProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { bestPlace, findPeaks, type Place, type ScoreMap } from './peaks.ts'

export interface FindText {
  readonly threshold: string
  readonly count: string
  readonly gray: boolean
  readonly output?: string
  readonly scores?: string
  readonly maxMegapixels: string
  readonly force: boolean
  readonly json: boolean
}

export async function runFind(source: string, templateText: string, text: FindText): Promise<void> {
  const started = performance.now()
  const threshold = readNumber('threshold', text.threshold, { least: -1, most: 1 }) ?? 0
  const count = readNumber('count', text.count, { least: 1, whole: true }) ?? 1
  const maxMegapixels = readNumber('max-megapixels', text.maxMegapixels) || defaultMaxMegapixels
  const region = readRegion(templateText)
  const [framesFormat, scoresFormat] = [text.output, text.scores].map((path) => path && outputFormat(path))
  if (framesFormat && framesFormat.picture === undefined)
    throw new UsageError(`the output ${text.output} holds numbers, not a picture. Use .png or .jpg, or --scores.`)
  if (scoresFormat && scoresFormat.floats === undefined)
    throw new UsageError(`--scores ${text.scores} cannot hold scores from -1 to 1. Write .npy, .tif, .json or .csv.`)
  for (const input of region === undefined ? [source, templateText] : [source])
    await protectInput(
      input,
      [text.output, text.scores].filter((path) => path !== undefined),
      text.force,
    )

  const read = async (path: string) =>
    (await isScene(path)) ? { picture: scene(), notes: [] } : await readPicture(path, { maxMegapixels })
  const { picture, notes } = await read(source)
  const other = region === undefined ? await read(templateText) : { picture: cut(picture, region), notes: [] }
  const template = other.picture
  printNotes([...notes, ...other.notes])

  const { scoreMap } = await import('./scores.ts')
  const progress = await startProgress('convoke find', Math.max(0, picture.height - template.height + 1))
  let map: ScoreMap
  try {
    map = scoreMap(picture, template, text.gray, progress.advance)
  } finally {
    progress.stop()
  }
  const places = findPeaks(map, template, threshold, count)
  for (const path of [text.output, text.scores]) if (path !== undefined) await prepareFolder(dirname(path))
  if (text.scores !== undefined && scoresFormat) {
    const head = { width: map.width, height: map.height, colours: 1, alpha: false, depth: 8 } as const
    await writeFloats(text.scores, scoresFormat, head, map.scores)
  }
  if (text.output !== undefined && framesFormat)
    printNotes(await writePicture(text.output, framesFormat, await framed(picture, template, places)))

  const best = bestPlace(map)
  if (text.json) {
    const size = ({ width, height }: Picture) => ({ width, height })
    const seconds = (performance.now() - started) / 1000
    printJson({ picture: size(picture), template: size(template), threshold, matches: places, best, seconds })
  } else if (places.length > 0) print(describe(places).join('\n'))
  if (places.length > 0) return
  process.exitCode = 1
  complain(
    best === undefined
      ? 'no match: no place has a score.'
      : `no match scores ${threshold} or more; the best is ${best.score.toFixed(3)} at left ${best.left}, top ${best.top}. Lower --threshold to list it.`,
  )
}

interface Region {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** `left,top,width,height`; undefined for a file's name. */
function readRegion(text: string): Region | undefined {
  if (!/^\s*[-+]?\d[\d\s.+-]*(,[\d\s.+-]+)+$/.test(text)) return undefined
  const parts = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN))
  const [left, top, width, height] = parts
  if (parts.length !== 4 || parts.some(Number.isNaN) || width < 1 || height < 1)
    throw new UsageError(
      `the template ${show(text)} is not part of a picture. Give left,top,width,height in whole pixels, as in 300,140,48,48.`,
    )
  return { left, top, width, height }
}

function cut(picture: Picture, { left, top, width, height }: Region): Picture {
  if (left + width > picture.width || top + height > picture.height)
    throw new UsageError(
      `the template ${left},${top},${width},${height} extends beyond the picture of ${picture.width} × ${picture.height} pixels.`,
    )
  const channels = channelsOf(picture)
  const samples = makeSamples(picture.depth, width * height * channels)
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * picture.width + left) * channels
    samples.set(picture.samples.subarray(from, from + width * channels), row * width * channels)
  }
  return { ...picture, width, height, samples }
}

const describe = (places: readonly Place[]): string[] => [
  ...table([
    ['left', 'top', 'score'],
    ...places.map(({ left, top, score }) => [String(left), String(top), score.toFixed(3)]),
  ]),
]

/** The picture with a frame around each match, at 8 bits and without opacity. */
async function framed(picture: Picture, { width, height }: Picture, places: readonly Place[]): Promise<Picture> {
  const { withBoxes } = await import('../predict/draw.ts')
  const channels = channelsOf(picture)
  const pixels = picture.width * picture.height
  const bytes = new Uint8Array(pixels * 3)
  const shift = picture.depth - 8
  for (let p = 0; p < pixels; p++)
    for (let c = 0; c < 3; c++)
      bytes[3 * p + c] = picture.samples[p * channels + (picture.colours === 3 ? c : 0)] >> shift
  const boxes = places.map(({ left, top, score }) => ({
    ...{ x: left + width / 2, y: top + height / 2, width, height },
    ...{ label: 0, score },
  }))
  const drawn = await withBoxes({ shape: [picture.height, picture.width, 3], data: bytes }, boxes, [''])
  const samples = Uint8Array.from(drawn.data as Uint8Array)
  return { width: picture.width, height: picture.height, colours: 3, alpha: false, depth: 8, samples }
}
