export { depthwiseInside, depthwiseSteps, type Worth } from './depthwise.ts'
export { planDense } from './plan-dense.ts'
export { planTwoPass } from './plan-two-pass.ts'
