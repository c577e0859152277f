// What kits share.

import { type data, metrics, type models } from 'convoke'
import { check } from 'convoke/shapes'
import { didYouMean } from 'convoke-workbench'
import { UsageError } from '../../errors.ts'
import type { TaskName } from '../data/opened.ts'
import type { Section, Tile } from '../report/section.ts'
import type { Evaluation } from './kit.ts'

/** Throws `ConvokeError` where there is nothing to tell apart. */
export function checkClasses(task: TaskName, classes: readonly string[]): void {
  check(
    classes.length >= 2 || (task !== 'classify' && task !== 'text'),
    () =>
      `${task}: there is ${classes.length === 0 ? 'no class' : `one class, ${classes[0]}`}; there must be two or more.`,
  )
}

/** The network asked for, or the task's first. Throws `UsageError` for one of another task. */
export function pickModel(
  task: TaskName,
  names: readonly models.ModelName[],
  asked: string | undefined,
): models.ModelName {
  if (asked === undefined) return names[0]
  const found = names.find((name) => name === asked.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
  if (found === undefined)
    throw new UsageError(
      `there is no network ${asked} for ${task}. Known: ${names.join(', ')}.${didYouMean(asked, names)}`,
    )
  return found
}

/** Precision, recall, F1 and support of each class; with IoU for pixels. */
export function classReport(
  classes: readonly string[],
  confusion: metrics.ConfusionMatrix,
  withIou = false,
): Evaluation['classes'] {
  return metrics.classificationReport(confusion).classes.map(({ precision, recall, f1, iou, support }, label) => {
    // Of a class that does not occur nothing can be found or missed: there is no figure, rather than one of 0%.
    const figures = support > 0 ? { precision, recall, f1 } : { precision: NaN, recall: NaN, f1: NaN }
    return {
      name: classes[label],
      figures: withIou
        ? { ...figures, iou: support > 0 ? iou : NaN, pixels: support }
        : { ...figures, examples: support },
    }
  })
}

/** What an example is called in a report. */
export const exampleName = (set: Pick<data.Dataset<object>, 'nameOf'>, index: number): string =>
  set.nameOf?.(index) ?? `example ${index + 1}`

/** How many of a list are shown: its first, some from a place further on, its last two. */
export interface Choice {
  readonly first: number
  readonly from: number
  readonly further: number
}

/**
 * The tiles of examples, `ranked` from the worst to the best, in three columns: none is shown twice, and `note` says more than
 * that of the choice.
 */
export async function rankedTiles<T>(
  title: string,
  { classes, width, note = '', solid }: { classes: readonly string[]; width: number; note?: string; solid?: boolean },
  ranked: readonly T[],
  { first, from, further }: Choice,
  tilesOf: (one: T) => Promise<readonly Tile[]>,
): Promise<Section> {
  const chosen = [...new Set([...ranked.slice(0, first), ...ranked.slice(from, from + further), ...ranked.slice(-2)])]
  const tiles = (await Promise.all(chosen.map(tilesOf))).flat()
  const order = 'The worst first, then some from the middle, then the best.'
  const common = { kind: 'tiles', title, note: `${order}${note}`, tiles, width, columns: 3, legend: classes } as const
  return solid === undefined ? common : { ...common, solid }
}
