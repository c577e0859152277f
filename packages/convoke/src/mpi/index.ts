export type { ParallelWorld, Pending, ReduceOptions, Reducible, Reduction, Wire } from '../world/world.ts'
export { gatherJson } from './gather.ts'
export { type Launched, launched, type World, world } from './world.ts'
