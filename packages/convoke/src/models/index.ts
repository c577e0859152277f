export * from './compact.ts'
