export { createEngine, type Engine, Refused, restarts, Superseded, WorkerLost, workerLost } from './client.ts'
export { type Answered, type Task, task } from './protocol.ts'
