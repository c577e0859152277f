export * from './assembler.ts'
export * from './convention.ts'
export * from './lower.ts'
