export { type Compiled, type CompileOptions, compile } from './compile.ts'
export type { Explanation, Profile, StepReport } from './explain.ts'
