// The parts that data comes in, as names of files and folders tell them.

/** A part of a data set: what is learned from, what choices are made by, and what is measured in the end. */
export type PartName = 'train' | 'validation' | 'test'

/** The parts in their usual order. */
export const partNames: readonly PartName[] = ['train', 'validation', 'test']

const partWords: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'training', 'trn'],
  validation: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing', 'tst', 't10k'],
}

/** The part that a file or folder name tells: `train`, `pets_TEST`, `instances_val2017`; null where it tells none. */
export function partIn(name: string): PartName | null {
  const found: readonly string[] = name.toLowerCase().match(/[a-z]+(?:10k)?/g) ?? []
  return partNames.find((part) => partWords[part].some((word) => found.includes(word))) ?? null
}

/** Whether a folder's whole name is the word for a part. */
export const isPartWord = (name: string, part: PartName): boolean => partWords[part].includes(name.toLowerCase())

/** The part that the folders of a path tell, the innermost first. */
export function partOfPath(folders: string): PartName | null {
  for (const folder of folders.split('/').reverse()) {
    const part = partIn(folder)
    if (part !== null) return part
  }
  return null
}
