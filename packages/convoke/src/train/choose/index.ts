export * from './choices.ts'
export * from './choose.ts'
export * from './recommend.ts'
