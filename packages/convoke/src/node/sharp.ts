/// <reference types="node" />

// As much of sharp as is used here. The caller brings it: the library itself depends on nothing.

interface Decoded {
  readonly data: Uint8Array
  readonly info: { readonly width: number; readonly height: number; readonly channels: number }
}

interface Metadata {
  readonly format?: string | undefined
  readonly space?: string | undefined
  readonly depth?: string | undefined
  readonly channels?: number | undefined
  readonly bitsPerSample?: number | undefined
  /** Width and height once turned as the orientation tag says. */
  readonly autoOrient: { readonly width: number; readonly height: number }
}

type Depth = 'uchar' | 'ushort' | 'uint' | 'int' | 'float'

interface Pipeline {
  metadata(): Promise<Metadata>
  rotate(): Pipeline
  removeAlpha(): Pipeline
  toColourspace(name: string): Pipeline
  resize(
    width: number,
    height: number,
    options: { fit: 'fill' | 'cover'; kernel?: 'nearest' | 'linear' | 'cubic' | 'lanczos3' },
  ): Pipeline
  extract(region: { left: number; top: number; width: number; height: number }): Pipeline
  raw(options: { depth: Depth }): Pipeline
  toBuffer(options: { resolveWithObject: true }): Promise<Decoded>
}

/** As much of sharp as is used here: `import sharp from 'sharp'`. */
export type Sharp = (bytes: Uint8Array, options?: { failOn?: 'error'; ignoreIcc?: boolean }) => Pipeline

/** What sharp says, in words a user can act on. */
export function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error)
  if (/unsupported image format/i.test(said)) return 'it is not a picture, or its format is not supported'
  return /unknown error|premature|truncated/i.test(said)
    ? 'it is damaged or cut short'
    : `it is damaged: ${said.replace(/[\s:.]+$/, '')}`
}
