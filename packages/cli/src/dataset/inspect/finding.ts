// What an inspection finds, whatever kind of data it looks at.

import type { data } from 'convoke'
import { theClass } from '../../terminal/words.ts'
import type { TaskName } from '../../training/open-data.ts'

export interface Count {
  readonly name: string
  readonly count: number
}

export interface PartFinding {
  /** 'train', 'validation', 'test'; 'all' where the data has no parts. */
  readonly part: string
  readonly examples: number
  /** Of each class: examples, boxes, or pictures in which it occurs. */
  readonly classes: readonly Count[]
}

/** An example to show on the contact sheet. */
export interface Shown {
  readonly image: data.Values
  /** Its class, or its file where the class is drawn. */
  readonly name: string
  /** Where `name` is the class and the example has a file of its own. */
  readonly file?: string | undefined
  readonly mask?: data.Values | undefined
  readonly boxes?: readonly data.Box[] | undefined
}

export interface Finding {
  /** What the data was taken for: 'folders of pictures, one per class'. */
  readonly kind: string
  /** What it can be trained for by the command; null where it is for programs. */
  readonly task: TaskName | null
  readonly parts: readonly PartFinding[]
  /** What `classes` of the parts count. */
  readonly counted: 'examples' | 'boxes' | 'pictures with it'
  /** Width × height of pictures, the most common first. */
  readonly sizes: readonly Count[]
  /** Further facts, a line each. */
  readonly facts: readonly string[]
  readonly problems: readonly string[]
  /** Why `convoke train` would refuse the data as it is; null where it would not. */
  readonly refusal: string | null
  /** Up to so many examples, spread over the first part. */
  readonly show: (most: number) => Promise<readonly Shown[]>
}

/** Counts by name, in the order in which names first came, or by count. */
export class Tally {
  readonly #counts = new Map<string, number>()

  constructor(names: readonly string[] = []) {
    for (const name of names) this.#counts.set(name, 0)
  }

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  list(): Count[] {
    return [...this.#counts].map(([name, count]) => ({ name, count }))
  }

  byCount(): Count[] {
    return this.list().sort((a, b) => b.count - a.count)
  }
}

/** Indices spread evenly over a length. */
export const spread = (length: number, most: number): number[] =>
  Array.from({ length: Math.min(length, most) }, (_, i) => Math.floor((i * length) / Math.min(length, most)))

export const sizeName = (image: data.Values): string => `${image.shape[1]}×${image.shape[0]}`

/** Classes without an example, and counts so far apart that accuracy would mislead. */
export function balanceProblems({ part, classes }: PartFinding, what: string): string[] {
  const where = part === 'all' ? '' : `${part}: `
  const empty = classes
    .filter(({ count }) => count === 0)
    .map(({ name }) => `${where}${theClass(name)} has no ${what}.`)
  return empty
}
