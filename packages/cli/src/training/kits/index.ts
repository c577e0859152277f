// The kit of each task.

import { check } from 'convoke/shapes'
import type { TaskName } from '../data/opened.ts'
import { classify } from './classify.ts'
import { detect } from './detect.ts'
import { generate } from './generate.ts'
import type { Kit, Planner } from './kit.ts'
import { segment } from './segment.ts'
import { sequence } from './sequence.ts'
import { text } from './text.ts'

const kits = { classify, segment, detect, text, sequence } as const
const planners = { ...kits, generate } as const

export const plannerOf = (task: TaskName): Planner => planners[task] as unknown as Planner

/** The kit of a task with one loss: all but generate. */
export function kitOf(task: TaskName): Kit {
  check(task !== 'generate', () => 'generate: two networks are trained against each other; there is no single loss.')
  return kits[task] as unknown as Kit
}
