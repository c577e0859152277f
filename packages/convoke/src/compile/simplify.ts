// A program made shorter: what can be known before a run is, and what one kernel can do is not left to several.

import { alive, type Program } from './program.ts'

/** The same results by fewer steps. */
export function simplified(program: Program): Program {
  return alive(program)
}
