export { gradients, scope, type ValueAndGradients, valueAndGradients } from './gradients.ts'
export {
  customGradient,
  type DefinedOp,
  defineOp,
  type GivenTensors,
  type InputGradients,
  type LoopInput,
  type OpDefinition,
} from './own-ops.ts'
export { withoutGradients } from './tape.ts'
