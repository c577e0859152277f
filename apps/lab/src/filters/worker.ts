// What the view's numbers come from: the library, in a worker. A view has a bundle of its own, with no more of the library than it uses.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { computeFilters, computeProbe } from './compute.ts'
import { filtersTask, probeTask } from './task.ts'

serveTasks([served(filtersTask, computeFilters), served(probeTask, computeProbe)])
