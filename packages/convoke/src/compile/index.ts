export { type Compiled, type CompileOptions, compile, type Network } from './compile.ts'
export type { Explanation, Profile, ProfileOptions, StepReport } from './explain.ts'
export { type CompiledGradients, compileGradients } from './gradients.ts'
