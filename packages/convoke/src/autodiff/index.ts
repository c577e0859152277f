export {
  customGradient,
  type DefinedOp,
  defineOp,
  type GivenTensors,
  type InputGradients,
  type LoopInput,
  type OpDefinition,
} from './custom.ts'
export { gradients, scope, type ValueAndGradients, valueAndGradients } from './gradients.ts'
export { withoutGradients } from './tape.ts'
