// Every layout that data may have on disk: how it is called, how it lies, how it is recognised, how it is written. What reads them are
// the readers of their task (data/boxes.ts, masks.ts, classified.ts, series.ts).

import { didYouMean } from 'convoke-workbench'
import { UsageError } from '../../errors.ts'
import type { Place } from '../data/place.ts'
import { boxLayouts } from './boxes.ts'
import { classLayouts } from './classes.ts'
import type { Layout, LayoutTask } from './layout.ts'
import { maskLayouts } from './masks.ts'
import { seriesLayouts } from './series.ts'

export type { Item, Layout, LayoutTask, WritableSet, WrittenFile } from './layout.ts'

/** By task; within a task those with the plainest signs come first. */
export const layouts = {
  classify: classLayouts,
  detect: boxLayouts,
  segment: maskLayouts,
  sequence: seriesLayouts,
} as const satisfies { readonly [T in LayoutTask]: readonly Layout<T>[] }

export const layoutTasks = Object.keys(layouts) as LayoutTask[]

/** The tasks that have a layout of this name. Throws `UsageError` where none has. */
export function tasksWith(name: string): readonly LayoutTask[] {
  const tasks = layoutTasks.filter((task) => layouts[task].some((layout) => layout.name === name))
  if (tasks.length > 0) return tasks
  const all = [...new Set(layoutTasks.flatMap((task) => layouts[task].map((layout) => layout.name)))]
  throw new UsageError(
    `there is no layout ${JSON.stringify(name)}. There are ${all.join(', ')}.${didYouMean(name, all)}`,
  )
}

/** The layout of a task by its name. Throws `UsageError` that lists those of the task. */
export function layoutNamed<T extends LayoutTask>(task: T, name: string): Layout<T> {
  const own = layouts[task] as unknown as readonly Layout<T>[]
  const found = own.find((layout) => layout.name === name)
  if (found !== undefined) return found
  const names = own.map((layout) => layout.name)
  throw new UsageError(`data for ${task} has no layout ${name}. It has ${names.join(', ')}.${didYouMean(name, names)}`)
}

/** The layout in which a place has data for a task; null where it has another form, such as packed files. */
export async function layoutIn<T extends LayoutTask>(task: T, place: Place): Promise<Layout<T> | null> {
  for (const layout of layouts[task] as unknown as readonly Layout<T>[]) if (await layout.isThere(place)) return layout
  return null
}
