export { gradients, scope, type ValueAndGradients, valueAndGradients } from './gradients.ts'
export { withoutGradients } from './tape.ts'
