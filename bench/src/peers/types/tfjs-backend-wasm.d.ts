// The little of @tensorflow/tfjs-backend-wasm that the benchmark calls. The peers are installed apart from the workspace, so the type check must
// not need them (tsconfig.check.json points here); that the shapes are right is shown by running.

export function setWasmPaths(folder: string): void
export function setThreadsCount(threads: number): void
export function getThreadsCount(): number
