// Files of a model, and why they make none.

export interface DroppedFile {
  /** With the folder it lies in, where it came with one. */
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Why files make no model; `damaged` comes with the library's reason. */
export type UnreadableReason =
  | 'damaged'
  | 'unknown'
  | 'no-shards'
  | 'no-config'
  | 'no-weights'
  | 'adapters'
  | 'no-picture-run'

export interface UnreadableFiles {
  readonly reason: UnreadableReason | 'too-large' | 'not-read'
  readonly detail: string
}
