// What the view's numbers come from: the library, in a worker.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { ascent } from './looking/ascent.ts'
import { cam } from './looking/cam.ts'
import { trainingProgress } from './looking/digits.ts'
import { occlusion } from './looking/occlusion.ts'
import { overview } from './looking/overview.ts'
import { patches } from './looking/patches.ts'
import { place } from './looking/place.ts'
import { open } from './looking/session.ts'
import { file, program } from './looking/take.ts'
import {
  ascentTask,
  camTask,
  fileTask,
  occlusionTask,
  openTask,
  overviewTask,
  patchesTask,
  placeTask,
  programTask,
  progressTask,
} from './task.ts'

serveTasks([
  served(openTask, async (question) => ({ answer: await open(question) })),
  served(progressTask, () => ({ answer: trainingProgress() })),
  served(overviewTask, overview),
  served(placeTask, place),
  served(patchesTask, patches),
  served(ascentTask, ascent),
  served(camTask, cam),
  served(occlusionTask, occlusion),
  served(fileTask, file),
  served(programTask, program),
])
