export { separableSlots } from './cost.ts'
export { type SeparableFilter, separate } from './factor.ts'
export { isSeparableSpec } from './layout.ts'
export { planSeparable, separates } from './plan.ts'
