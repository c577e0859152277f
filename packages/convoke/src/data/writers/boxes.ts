// Boxes as files of YOLO, PASCAL VOC and COCO have them: what `yoloDataset`, `vocDataset` and `cocoDataset` read.

import type { Box } from '../dataset.ts'
import type { PictureSize } from '../loaders/source.ts'

/** A picture and its boxes, as they are written. */
export interface BoxesToWrite {
  /** The picture's path, as the file is to name it. */
  readonly file: string
  /** Height and width of the picture in pixels. */
  readonly size: PictureSize
  /** In pixels. */
  readonly boxes: readonly Box[]
}

/** So many digits after the point: a hundredth of what any picture shows. */
const digits = { pixels: 6, shares: 10 } as const

const plain = (value: number, places: number): number => Number(value.toFixed(places))

interface Edges {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const edgesOf = ({ x, y, width, height }: Box): Edges => ({
  ...{ left: plain(x - width / 2, digits.pixels), top: plain(y - height / 2, digits.pixels) },
  ...{ right: plain(x + width / 2, digits.pixels), bottom: plain(y + height / 2, digits.pixels) },
})

/**
 * A label file of YOLO's: a line for each box, its class, centre, width and height in shares of the picture. Boxes to be ignored have
 * no form in it and are left out.
 *
 * @example
 * const box = { x: 10, y: 20, width: 10, height: 20, label: 1 }
 * data.yoloLabel({ height: 80, width: 40 }, [box])  // '1 0.25 0.25 0.25 0.25\n'
 */
export function yoloLabel({ height, width }: PictureSize, boxes: readonly Box[]): string {
  const share = (value: number, of: number): string => String(plain(value / of, digits.shares))
  return boxes
    .filter(({ ignore }) => !ignore)
    .map((box) => {
      const places = [share(box.x, width), share(box.y, height), share(box.width, width), share(box.height, height)]
      return `${box.label} ${places.join(' ')}\n`
    })
    .join('')
}

/** A data.yaml of YOLO's: the folders of the parts, seen from the folder of the file, and the names of the classes. */
export function yoloYaml(parts: Readonly<Record<string, string>>, classes: readonly string[]): string {
  const entries = Object.entries(parts).map(([part, folder]) => `${part}: ${JSON.stringify(folder)}`)
  // A JSON string is a string of YAML.
  const names = classes.map((name, label) => `  ${label}: ${JSON.stringify(name)}`)
  return [...entries, `nc: ${classes.length}`, 'names:', ...names, ''].join('\n')
}

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => signs[sign])

/** An annotation of PASCAL VOC's, which counts pixels from 1, both edges inside. Boxes to be ignored are marked as difficult. */
export function vocAnnotation({ file, size, boxes }: BoxesToWrite, classes: readonly string[], depth = 3): string {
  const objects = boxes.map((box) => {
    const { left, top, right, bottom } = edgesOf(box)
    const bounds = `<xmin>${plain(left + 1, digits.pixels)}</xmin><ymin>${plain(top + 1, digits.pixels)}</ymin><xmax>${right}</xmax><ymax>${bottom}</ymax>`
    return `  <object><name>${escaped(classes[box.label])}</name><difficult>${box.ignore ? 1 : 0}</difficult><bndbox>${bounds}</bndbox></object>`
  })
  return [
    '<annotation>',
    `  <filename>${escaped(file)}</filename>`,
    `  <size><width>${size.width}</width><height>${size.height}</height><depth>${depth}</depth></size>`,
    ...objects,
    '</annotation>',
    '',
  ].join('\n')
}

/**
 * COCO's JSON of a part, in pieces: pictures and annotations of any number never are in memory together. `pictures` is gone through
 * twice. Ids count from 1 in the order given; boxes to be ignored are crowds.
 */
export function* cocoPieces(pictures: Iterable<BoxesToWrite>, classes: readonly string[]): Generator<string> {
  let id = 0
  yield '{"images":['
  for (const { file, size } of pictures) {
    id++
    yield `${id > 1 ? ',' : ''}\n${JSON.stringify({ id, file_name: file, width: size.width, height: size.height })}`
  }
  yield '],\n"annotations":['
  let [picture, annotation] = [0, 0]
  for (const { boxes } of pictures) {
    picture++
    for (const box of boxes) {
      annotation++
      const { left, top } = edgesOf(box)
      const [width, height] = [plain(box.width, digits.pixels), plain(box.height, digits.pixels)]
      const record = {
        ...{ id: annotation, image_id: picture, category_id: box.label + 1, bbox: [left, top, width, height] },
        ...{ area: plain(width * height, digits.pixels), iscrowd: box.ignore ? 1 : 0 },
      }
      yield `${annotation > 1 ? ',' : ''}\n${JSON.stringify(record)}`
    }
  }
  yield `],\n"categories":${JSON.stringify(classes.map((name, label) => ({ id: label + 1, name })))}}\n`
}

/** A field of a table: in quotation marks where it needs them. */
export const tableField = (text: string): string =>
  /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** The columns of `boxRows`. */
export const boxHeader = 'filename,width,height,class,xmin,ymin,xmax,ymax,difficult\n'

/** Rows of a table of boxes (`boxTableDataset`), in pixels from 0; a picture without boxes has a row without edges. */
export function boxRows({ file, size, boxes }: BoxesToWrite, classes: readonly string[]): string {
  const head = `${tableField(file)},${size.width},${size.height}`
  if (boxes.length === 0) return `${head},,,,,,\n`
  return boxes
    .map((box) => {
      const { left, top, right, bottom } = edgesOf(box)
      return `${head},${tableField(classes[box.label])},${left},${top},${right},${bottom},${box.ignore ? 1 : 0}\n`
    })
    .join('')
}
