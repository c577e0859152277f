export { type SeparableFilter, separate } from './factor.ts'
export { isSeparableSpec } from './layout.ts'
export { planSeparable, separateEvery } from './plan.ts'
