export * from './shapes/index.ts'
