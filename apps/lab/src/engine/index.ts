export { createEngine, type Engine, Refused, Superseded, WorkerLost, workerLost } from './client.ts'
export { type Answered, type Task, task } from './protocol.ts'
