// A program made shorter: what one kernel can do is not left to several.

import { foldConvolutions } from './fold.ts'
import { joinPointwise } from './group.ts'
import { alive, type Program } from './program.ts'
import { Rewriter } from './rewrite.ts'
import { joinTraining } from './training.ts'

/** The same results to the bit, by fewer steps: of forward and backward. */
export function joinedForTraining(program: Program): Program {
  const rewriter = new Rewriter(alive(program))
  if (program.backend.single === true) joinTraining(rewriter)
  return rewriter.finish()
}

/** The same results, but for rounding, by fewer steps. */
export function simplified(program: Program): Program {
  const rewriter = new Rewriter(alive(program))
  foldConvolutions(rewriter)
  joinPointwise(rewriter)
  return rewriter.finish()
}
