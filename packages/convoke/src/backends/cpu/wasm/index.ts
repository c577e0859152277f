export * from './lower.ts'
export * from './probe.ts'
