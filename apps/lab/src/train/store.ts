// What the view keeps in the browser: own pictures, runs where they stand, comparisons.

import { createKeeper } from '../keeping/keeper.ts'

export const store = createKeeper('convoke-lab-train', 8)
