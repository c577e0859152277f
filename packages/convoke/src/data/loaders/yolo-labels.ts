// A label file as YOLO has it: a line an object, its class and its place in shares of the picture
// (docs.ultralytics.com/datasets/detect, /segment, /obb).
//
//   0 0.5 0.4 0.2 0.3                   class, centre, width, height
//   0 0.5 0.4 0.2 0.3 0.87              the same as a network found it, with how sure it is
//   0 0.1 0.1 0.9 0.1 0.5 0.8 …         class, corners of an outline: the box around it
//   0 0.5 0.4 0.2 0.3 0.5 0.4 2 …       with `keypoints`: class, box, points

import { show } from '../../shapes/error.ts'
import type { MarkedObject } from './boxes.ts'

export interface YoloLabelOptions {
  /** What messages call the file. */
  readonly file: string
  /** Number of classes; any number counts when not given. */
  readonly classes?: number | undefined
  /** Whether lines have points after the box, as a data.yaml with `kpt_shape` says. */
  readonly keypoints?: boolean | undefined
  /** Hears of each faulty line, which is left out. */
  readonly tell: (message: string) => void
}

/** Shares may miss the edge of the picture by so much: they are rounded. */
const rounding = 1e-3

/** A class beyond this is no class of anything. */
const mostClasses = 1e6

/** The edges of the objects of a file, as shares of the picture; `name` is the number of the class. */
export function yoloObjects(text: string, options: YoloLabelOptions): MarkedObject[] {
  const { file, tell } = options
  const objects: MarkedObject[] = []
  const seen = new Set<string>()
  for (const [at, line] of text.split(/\r\n|\n|\r/).entries()) {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '') continue
    const where = `${file}, line ${at + 1}`
    const read = objectOf(fields, options)
    if (typeof read === 'string') {
      tell(`${where}: ${read} The line is left out.`)
      continue
    }
    const key = JSON.stringify(read)
    if (seen.has(key)) tell(`${where}: the object is listed already; it counts once.`)
    else objects.push(read)
    seen.add(key)
  }
  return objects
}

/** An object, or what is wrong with it. */
function objectOf(
  fields: readonly string[],
  { classes = mostClasses, keypoints = false }: YoloLabelOptions,
): MarkedObject | string {
  const numbers = fields.map((field) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(field) ? Number(field) : NaN))
  const faulty = numbers.findIndex((value) => !Number.isFinite(value))
  if (faulty >= 0) return `${show(fields[faulty])} is not a number.`
  const [label, ...places] = numbers
  if (!Number.isInteger(label) || label < 0 || label >= classes)
    return `the class is ${fields[0]}; ${classes === mostClasses ? 'it must be a whole number from 0 on' : `there are ${classes}, counted from 0`}.`
  const isBox = places.length === 4 || places.length === 5 || (keypoints && places.length > 5)
  if (!isBox && (places.length < 6 || places.length % 2 !== 0))
    return `there are ${fields.length} numbers; it must be a class and four (centre, width, height), or a class and the corners of an outline.`
  const own = isBox ? places.slice(0, 4) : places
  const strange = own.find((value) => value < -rounding || value > 1 + rounding)
  if (strange !== undefined)
    return `${strange} is not a share of the picture; centre, width and height are from 0 to 1, not in pixels.`
  const edges = isBox ? edgesOf(own) : edgesAround(own)
  if (!(edges.right > edges.left && edges.bottom > edges.top)) return 'the box has no area.'
  return { ...edges, name: String(label), ignore: false }
}

/** What little lies outside through rounding is cut off; a box that reaches farther is told as such. */
const snapped = (edge: number): number =>
  edge < 0 && edge > -rounding ? 0 : edge > 1 && edge < 1 + rounding ? 1 : edge

const edgesOf = ([x, y, width, height]: readonly number[]) => ({
  ...{ left: snapped(x - width / 2), top: snapped(y - height / 2) },
  ...{ right: snapped(x + width / 2), bottom: snapped(y + height / 2) },
})

function edgesAround(corners: readonly number[]) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < corners.length; i += 2) {
    left = Math.min(left, corners[i])
    right = Math.max(right, corners[i])
    top = Math.min(top, corners[i + 1])
    bottom = Math.max(bottom, corners[i + 1])
  }
  return { left: snapped(left), top: snapped(top), right: snapped(right), bottom: snapped(bottom) }
}
