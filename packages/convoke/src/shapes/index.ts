export * from './conv-spec.ts'
export * from './error.ts'
export * from './padding.ts'
