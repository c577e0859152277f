// Elementwise kernels and copies have one plan each: vectors over merged axes.

import { planCopy } from '../kernels/copy/copy.ts'
import { planBinary } from '../kernels/elementwise/binary.ts'
import { planCast } from '../kernels/elementwise/cast.ts'
import { planFill } from '../kernels/elementwise/fill.ts'
import { planSelect } from '../kernels/elementwise/select.ts'
import { planUnary } from '../kernels/elementwise/unary.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Planned, Planners } from './index.ts'

const vectorised = (plan: KernelPlan): Planned => ({ plan, reason: 'one pass over vectors' })

export const elementwisePlanners: Planners = {
  fill: ({ spec, outputs, sizes, runtime }) => vectorised(planFill(spec, outputs[0], sizes[0], runtime.target)),
  cast: ({ spec, inputs, sizes, runtime }) => vectorised(planCast(spec, inputs[0], sizes[0], runtime.target)),
  copy: ({ spec, outputs, runtime }) => vectorised(planCopy(spec, outputs[0], runtime.target)),
  unary: ({ spec, inputs, outputs, sizes, runtime }) =>
    vectorised(planUnary(spec, [inputs[0], outputs[0]], sizes[0], runtime.target)),
  binary: ({ spec, inputs, outputs, runtime }) =>
    vectorised(planBinary(spec, [inputs[0], inputs[1], outputs[0]], runtime.target)),
  select: ({ spec, inputs, runtime }) => vectorised(planSelect(spec, [inputs[0], inputs[1]], runtime.target)),
}
