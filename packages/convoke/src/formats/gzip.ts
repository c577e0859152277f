// Gzip through the platform's own streams, which Node and browsers share.

import { ConvokeError } from '../shapes/error.ts'

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

async function through(bytes: Uint8Array, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream)
  return new Uint8Array(await new Response(source).arrayBuffer())
}

/** The contents of gzip data; anything else is returned as it is. Throws `ConvokeError` where the data is damaged. */
export async function gunzip(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes
  try {
    return await through(bytes, new DecompressionStream('gzip'))
  } catch (error) {
    throw new ConvokeError(
      `${name}: the gzip data is damaged or cut short (${error instanceof Error ? error.message : error}). Download it again.`,
    )
  }
}

export const gzip = (bytes: Uint8Array): Promise<Uint8Array> => through(bytes, new CompressionStream('gzip'))
