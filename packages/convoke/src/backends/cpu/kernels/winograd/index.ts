export { f2x3, f4x3, type OutputTile } from './cook-toom.ts'
export { isWinogradSpec, type WinogradLayout, winogradLayout } from './layout.ts'
export { adjointSpec, type FilterUse, packFilter } from './pack.ts'
export { planWinograd } from './plan.ts'
