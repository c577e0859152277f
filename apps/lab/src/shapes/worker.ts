// What the view's numbers come from: the library, in a worker. Models that are dropped bring their readers with them.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { computeEffective, computeSeen, computeShapes } from './compute.ts'
import { effectiveTask, seenTask, shapesTask } from './task.ts'

serveTasks([
  served(shapesTask, computeShapes),
  served(seenTask, ({ network, layer, position }) => ({ answer: computeSeen(network!, layer, position) })),
  served(effectiveTask, ({ network, ...question }) => computeEffective(network!, question)),
])
