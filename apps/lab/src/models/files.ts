// Files that a person drops or chooses: one by one, or whole folders.

import type { DroppedFile } from './task.ts'

/** What a page reads of one model at most. */
export const mostBytes = 512 * 2 ** 20
const mostFiles = 500

export interface BroughtFile {
  /** With its folder, where it came with one. */
  readonly name: string
  readonly file: File
}

/** What a reader could want: the rest of a run's folder, its logs and reports, stays where it is. */
const wanted = /(\.onnx|\.json|\.bin|\.safetensors)$|shard\d+of\d+/i
const unwanted = /(^|\/)last\.safetensors$/i

const useful = (files: readonly BroughtFile[]): readonly BroughtFile[] => {
  const some = files.filter(({ name }) => wanted.test(name) && !unwanted.test(name))
  // Of files that are none of those, the first is tried and named.
  return (some.length > 0 ? some : files.slice(0, 1)).slice(0, mostFiles)
}

export const chosenFiles = (list: FileList | null): readonly BroughtFile[] =>
  useful(Array.from(list ?? [], (file) => ({ name: file.webkitRelativePath || file.name, file })))

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

const entriesOf = (folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => folder.createReader().readEntries(resolve, reject))

async function filesIn(entry: FileSystemEntry, depth: number): Promise<BroughtFile[]> {
  if (entry.isFile)
    return [{ name: entry.fullPath.replace(/^\//, ''), file: await fileOf(entry as FileSystemFileEntry) }]
  if (!entry.isDirectory || depth > 3) return []
  const inside = await entriesOf(entry as FileSystemDirectoryEntry)
  return (await Promise.all(inside.slice(0, mostFiles).map((one) => filesIn(one, depth + 1)))).flat()
}

/** What was dropped, folders opened. The items must be read before the event is over. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly BroughtFile[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry())
  const known = entries.filter((entry) => entry !== null)
  const plain = Array.from(transfer.files, (file) => ({ name: file.name, file }))
  if (known.length === 0) return useful(plain)
  return useful((await Promise.all(known.map((entry) => filesIn(entry, 0)))).flat())
}

export const readBytes = (files: readonly BroughtFile[]): Promise<DroppedFile[]> =>
  Promise.all(files.map(async ({ name, file }) => ({ name, bytes: new Uint8Array(await file.arrayBuffer()) })))
