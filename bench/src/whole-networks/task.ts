// What the benchmark and its processes say to each other.

export type WholeEngine = 'convoke native' | 'convoke wasm' | 'onnxruntime-node' | 'onnxruntime-web'

export interface WholeTask {
  readonly engine: WholeEngine
  readonly file: string
  readonly shape: readonly number[]
  /** Of integer inputs: from 0 to below this. */
  readonly below?: number | undefined
  readonly threads: number
}

/** Asks for so many runs. */
export interface WholeQuestion {
  readonly runs: number
}

export type WholeMessage =
  /** Reading the file, planning, assembling and the first run; the first numbers that it gave. */
  | { readonly kind: 'first'; readonly ms: number; readonly result: readonly number[] }
  /** Milliseconds of each run, and the most memory that the process ever held, in MiB. */
  | { readonly kind: 'times'; readonly times: readonly number[]; readonly memory: number | undefined }
  | { readonly kind: 'failed'; readonly reason: string }
