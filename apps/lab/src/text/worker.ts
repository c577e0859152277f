// What the view's numbers come from: the library, in a worker. A view has a bundle of its own, with no more of the library than it uses.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { computeText, computeWeights } from './compute.ts'
import { textTask, weightsTask } from './task.ts'

serveTasks([served(textTask, computeText), served(weightsTask, computeWeights)])
