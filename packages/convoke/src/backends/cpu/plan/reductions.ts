// Reductions, scans, pooling and resizing have one plan each. A reduction is never shared among threads.

import type { KernelPlan } from '../kernels/plan.ts'
import { planArgReduce } from '../kernels/reduce/arg-reduce.ts'
import { planCumulativeSum } from '../kernels/reduce/cumulative-sum.ts'
import { planReduce } from '../kernels/reduce/reduce.ts'
import { planAxisMap } from '../kernels/window/axis-map.ts'
import { planAveragePool, planAveragePoolGradient, planMaxPool } from '../kernels/window/pool.ts'
import type { Planned, Planners } from './index.ts'

const inOrder = (plan: KernelPlan): Planned => ({ plan, reason: 'vectors of sums in one fixed order' })
const overWindows = (plan: KernelPlan): Planned => ({ plan, reason: 'vectors of channels over tables of taps' })

export const reductionPlanners: Planners = {
  reduce: ({ spec, inputs, runtime }) => inOrder(planReduce(spec, inputs[0], runtime.target)),
  argReduce: ({ spec, inputs, runtime }) => inOrder(planArgReduce(spec, inputs[0], runtime.target)),
  cumulativeSum: ({ spec, inputs: [dtype], runtime }) =>
    dtype === 'float32' || dtype === 'int32'
      ? inOrder(planCumulativeSum(spec, dtype, runtime.target))
      : { fallback: 'running sums of bytes: the op widens them to int32 first' },
  maxPool: ({ spec, runtime }) => overWindows(planMaxPool(spec, runtime.target)),
  averagePool: ({ spec, runtime }) => overWindows(planAveragePool(spec, runtime.target)),
  averagePoolGradient: ({ spec, runtime }) => overWindows(planAveragePoolGradient(spec, runtime.target)),
  axisMap: ({ spec, runtime }) => overWindows(planAxisMap(spec, runtime.target)),
}
