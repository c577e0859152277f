// What the view's numbers come from: the library, in a worker. A view has a bundle of its own, with no more of the library than it uses.

import { served, serveTasks } from '../engine/serve-tasks.ts'
import { computeSlide } from './compute.ts'
import { slideTask } from './task.ts'

serveTasks([served(slideTask, computeSlide)])
