// What the view keeps in the browser: networks where they stand, and one's own picture.

import { createKeeper } from '../runs/keeper.ts'

/** Eight networks have room: four choices, with and without skip connections. */
export const { keep, recall, forget, keepRun, problem: storeProblem } = createKeeper('convoke-lab-segment', 8)
