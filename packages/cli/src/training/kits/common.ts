// What kits share.

import { metrics, type models } from 'convoke'
import { UsageError } from '../../errors.ts'
import type { TaskName } from '../data/opened.ts'
import type { Evaluation } from './kit.ts'

/** The network asked for, or the task's first. Throws `UsageError` for one of another task. */
export function pickModel(
  task: TaskName,
  names: readonly models.ModelName[],
  asked: string | undefined,
): models.ModelName {
  if (asked === undefined) return names[0]
  const found = names.find((name) => name === asked.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
  if (found === undefined) throw new UsageError(`there is no network ${asked} for ${task}. Known: ${names.join(', ')}.`)
  return found
}

/** Precision, recall, F1 and support of each class; with IoU for pixels. */
export function classReport(
  classes: readonly string[],
  confusion: metrics.ConfusionMatrix,
  withIou = false,
): Evaluation['classes'] {
  return metrics.classificationReport(confusion).classes.map(({ precision, recall, f1, iou, support }, label) => ({
    name: classes[label],
    figures: withIou ? { precision, recall, f1, iou, pixels: support } : { precision, recall, f1, examples: support },
  }))
}
