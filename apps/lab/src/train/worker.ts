// What the view's numbers come from: the library, in a worker of its own.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { compare, stopComparing } from './learning/compare.ts'
import { control, open } from './learning/session.ts'
import { take } from './learning/take.ts'
import { pictures, predict, watch } from './learning/watch.ts'
import { compareTask, controlTask, openTask, picturesTask, predictTask, stopTask, takeTask, watchTask } from './task.ts'

serveTasks([
  served(openTask, async (question) => ({ answer: await open(question) })),
  served(controlTask, (question) => ({ answer: control(question) })),
  served(watchTask, async (question) => ({ answer: await watch(question) })),
  served(predictTask, async (question) => ({ answer: await predict(question) })),
  served(picturesTask, async (question) => ({ answer: await pictures(question) })),
  served(compareTask, async (question) => ({ answer: await compare(question) })),
  served(stopTask, () => ({ answer: stopComparing() })),
  served(takeTask, async (question) => ({ answer: await take(question) })),
])
