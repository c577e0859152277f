export { fitsDepthwise, planDepthwise } from './plan.ts'
