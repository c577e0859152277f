// Pictures that a person brings: files, a folder of classes, the camera; squares of one size for the network.

import { classFolders, resizePicture } from 'convoke/data'
import { isProblem, openPicture, type PictureProblem } from '../pictures/open.ts'
import type { Pixels } from '../ui/pixels.ts'
import type { trainMessages } from './messages.ts'
import { mostClasses, mostPictures, type OwnClass } from './own.ts'
import { pictureSide } from './settings.ts'

/** The middle square, `[side, side, 3]`. */
export function squareOf({ width, height, data }: Pixels): Uint8Array {
  const side = Math.min(width, height)
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)]
  const cut = new Uint8Array(3 * side * side)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const from = 4 * ((y + top) * width + x + left)
      for (let c = 0; c < 3; c++) cut[3 * (y * side + x) + c] = data[from + c]
    }
  return resizePicture({ shape: [side, side, 3], data: cut }, pictureSide, pictureSide).data as Uint8Array
}

export interface Brought {
  readonly pictures: readonly Uint8Array[]
  readonly unreadable: readonly LeftOut[]
}

/** A file that is not a picture, or too large a one. */
export interface LeftOut {
  readonly name: string
  readonly problem: PictureProblem
}

export async function bringFiles(files: readonly File[]): Promise<Brought> {
  const pictures: Uint8Array[] = []
  const unreadable: LeftOut[] = []
  for (const file of files) {
    const opened = await openPicture(file)
    if (isProblem(opened)) unreadable.push({ name: file.name, problem: opened })
    else pictures.push(squareOf(opened))
  }
  return { pictures, unreadable }
}

/** What is said of files that were left out, of which there are some. */
export function leftOutWords(words: ReturnType<typeof trainMessages>, leftOut: readonly LeftOut[]): string {
  const [{ name, problem }] = leftOut
  return leftOut.length === 1 && problem.kind === 'too-large'
    ? words.tooLarge(name, problem.megapixels)
    : words.unreadable(leftOut.length, name)
}

export interface BroughtClasses {
  readonly classes: readonly OwnClass[]
  readonly unreadable: readonly LeftOut[]
}

/** A folder that holds a folder for each class. Hidden files and those of systems are ignored, as by the command. */
export async function bringFolder(files: readonly File[]): Promise<BroughtClasses> {
  // The first name is that of the folder that was chosen.
  const byPath = new Map(files.map((file) => [file.webkitRelativePath.split('/').slice(1).join('/'), file]))
  const list = async (): Promise<string[]> => [...byPath.keys()]
  const read = async (): Promise<Uint8Array> => new Uint8Array(0)
  const found = await classFolders({ name: 'folder', list, read })
  const unreadable: LeftOut[] = []
  const classes: OwnClass[] = []
  for (const [name, paths] of [...found].slice(0, mostClasses)) {
    const own = await bringFiles(paths.slice(0, mostPictures).map((path) => byPath.get(path)!))
    for (const file of own.unreadable) unreadable.push(file)
    if (own.pictures.length > 0) classes.push({ name, pictures: own.pictures })
  }
  return { classes, unreadable }
}

/** The classes with more pictures; those beyond what a page keeps are left out, which `left` counts. */
export function withMore(
  classes: readonly OwnClass[],
  more: readonly OwnClass[],
): { readonly classes: readonly OwnClass[]; readonly left: number } {
  let room = mostPictures - classes.reduce((sum, { pictures }) => sum + pictures.length, 0)
  let left = 0
  const all = [...classes]
  for (const { name, pictures } of more) {
    const taken = pictures.slice(0, Math.max(0, room))
    left += pictures.length - taken.length
    room -= taken.length
    const at = all.findIndex((one) => one.name.toLowerCase() === name.toLowerCase())
    if (at >= 0) all[at] = { ...all[at], pictures: [...all[at].pictures, ...taken] }
    else if (all.length < mostClasses) all.push({ name, pictures: taken })
    else left += taken.length
  }
  return { classes: all, left }
}
