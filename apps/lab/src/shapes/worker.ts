// What the view's numbers come from: the library, in a worker. Models that are dropped bring their readers with them.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { computeEffective, computeSeen, computeShapes } from './compute.ts'
import { droppedTask, effectiveTask, modelProgramTask, modelWeightsTask, seenTask, shapesTask } from './task.ts'

const dropped = () => import('./dropped.ts')
const droppedProgram = () => import('./dropped-program.ts')

serveTasks([
  served(shapesTask, computeShapes),
  served(seenTask, async ({ network, key, layer, position }) =>
    network === undefined
      ? { answer: (await dropped()).seenOfDropped(key, layer, position) }
      : { answer: computeSeen(network, layer, position) },
  ),
  served(effectiveTask, async (question) => {
    const { network } = question
    return network === undefined ? (await dropped()).effectiveOfDropped(question) : computeEffective(network, question)
  }),
  served(modelProgramTask, async ({ key }) => ({ answer: (await droppedProgram()).programOfDropped(key) })),
  served(modelWeightsTask, async ({ key }) => (await droppedProgram()).weightsOfDropped(key)),
  served(droppedTask, async (question) => ({ answer: (await dropped()).openDropped(question) })),
])
