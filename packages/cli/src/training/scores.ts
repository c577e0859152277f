// What a run scored in the end, kept in its folder, so that runs can be compared without measuring them again.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { writeWhole } from '../picture/write-whole.ts'
import type { Evaluation } from './kits/kit.ts'

export interface Scores extends Pick<Evaluation, 'count' | 'headline' | 'figures' | 'classes'> {
  /** The part measured. */
  readonly part: 'test' | 'validation' | 'train'
}

const fileIn = (folder: string): string => join(folder, 'scores.json')

export async function keepScores(
  folder: string,
  { count, headline, figures, classes }: Evaluation,
  part: Scores['part'],
): Promise<void> {
  const text = `${JSON.stringify({ part, count, headline, figures, classes }, null, 2)}\n`
  await writeWhole(fileIn(folder), (temporary) => writeFile(temporary, text))
}

/** JSON has no NaN, and writes null for it. */
const figure = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
)
const figures = v.record(v.string(), figure)

const scores = v.object({
  ...{ part: v.picklist(['test', 'validation', 'train']), count: v.number(), headline: v.string(), figures },
  classes: v.array(v.object({ name: v.string(), figures })),
})

/** What a run scored; null where it has not come to its end. */
export async function scoresOf(folder: string): Promise<Scores | null> {
  try {
    const result = v.safeParse(scores, JSON.parse(await readFile(fileIn(folder), 'utf8')))
    return result.success ? result.output : null
  } catch {
    return null
  }
}
