// What the view keeps in the browser: networks where they stand, and one's own picture.

import { createKeeper } from '../keeping/keeper.ts'

/** Eight networks have room: four choices, with and without skip connections. */
export const store = createKeeper('convoke-lab-segment', 8)
