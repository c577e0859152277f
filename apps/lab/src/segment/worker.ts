// What the view's numbers come from: the library, in a worker of its own.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { control, open } from './learning/session.ts'
import { take } from './learning/take.ts'
import { watch } from './learning/watch.ts'
import { controlTask, openTask, takeTask, watchTask } from './task.ts'

serveTasks([
  served(openTask, async (question) => ({ answer: await open(question) })),
  served(controlTask, (question) => ({ answer: control(question) })),
  served(watchTask, async (question) => ({ answer: await watch(question) })),
  served(takeTask, async (question) => ({ answer: await take(question) })),
])
