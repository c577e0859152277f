// Everything that is computed, is computed here, by the library. What a task needs is loaded with its first question.

import { served, serveTasks } from './engine/serve-tasks.ts'
import { slideTask } from './slide/task.ts'

serveTasks([served(slideTask, async () => (await import('./slide/compute.ts')).computeSlide)])
