export type { ParallelWorld, Pending, ReduceOptions, Reducible, Reduction, Wire } from '../world/world.ts'
export { type World, world } from './world.ts'
