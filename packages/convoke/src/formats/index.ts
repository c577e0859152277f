export * from './host.ts'
export * from './safetensors.ts'
