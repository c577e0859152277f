// The kit of each task.

import type { TaskName } from '../data/opened.ts'
import { classify } from './classify.ts'
import { detect } from './detect.ts'
import type { Kit } from './kit.ts'
import { segment } from './segment.ts'
import { sequence } from './sequence.ts'
import { text } from './text.ts'

const kits = { classify, segment, detect, text, sequence } as const

/** Kits of tasks that are trained by one loss: all but generate. */
export const kitOf = (task: TaskName): Kit => kits[task as keyof typeof kits] as unknown as Kit
