// What the view keeps in the browser: own pictures, runs where they stand, comparisons.

import { createKeeper } from '../runs/keeper.ts'

export const { keep, recall, forget, keepRun, problem: storeProblem } = createKeeper('convoke-lab-train', 8)
