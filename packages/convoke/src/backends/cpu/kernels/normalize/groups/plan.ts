// Groups that are normalised by themselves: rows where one lies behind the other, columns where they lie side by side.

import type { NormalizeGroupsSpec } from '../../../../backend.ts'
import type { Target } from '../../../program/index.ts'
import type { KernelPlan } from '../../plan.ts'
import { planNormalizeColumns } from './columns.ts'
import { planNormalizeColumnsGradient } from './columns-gradient.ts'
import { planNormalizeRows } from './rows.ts'
import { planNormalizeRowsGradient } from './rows-gradient.ts'

const areRows = ({ positions, groups }: NormalizeGroupsSpec): boolean => positions === 1 && groups === 1

/** [x, scale, bias] → [y, mean, r]. */
export const planNormalizeGroups = (spec: NormalizeGroupsSpec, target: Target): KernelPlan =>
  areRows(spec) ? planNormalizeRows(spec, target) : planNormalizeColumns(spec, target)

/** [g, x, mean, r, scale] → [x gradient, scale gradient, bias gradient]. */
export const planNormalizeGroupsGradient = (spec: NormalizeGroupsSpec, target: Target): KernelPlan =>
  areRows(spec) ? planNormalizeRowsGradient(spec, target) : planNormalizeColumnsGradient(spec, target)
