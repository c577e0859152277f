// Gzip through the platform's own streams, which Node and browsers share.

import { ConvokeError, check, withinMemory } from '../shapes/error.ts'

/** Whether bytes begin as gzip does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Bytes that are unpacked at most: a file of 2 MB can be made to hold as many. */
const mostUnpacked = 2 ** 31 - 1

async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array | null> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream).getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > most) {
      await reader.cancel()
      return null
    }
    chunks.push(value as Uint8Array<ArrayBuffer>)
  }
  const whole = withinMemory(
    () => `${size} unpacked bytes`,
    () => new Uint8Array(size),
  )
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/**
 * The contents of gzip data; anything else is returned as it is. Throws `ConvokeError` where the data is damaged, or
 * unpacks to more than `most` bytes (2 GiB when not given).
 */
export async function gunzip(name: string, bytes: Uint8Array, most = mostUnpacked): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes
  let unpacked: Uint8Array | null
  try {
    unpacked = await through(bytes, new DecompressionStream('gzip'), most)
  } catch (error) {
    if (error instanceof ConvokeError) throw error
    throw new ConvokeError(
      `${name}: the gzip data is damaged or cut short (${error instanceof Error ? error.message : error}). Download it again.`,
    )
  }
  check(
    unpacked !== null,
    () =>
      `${name}: the gzip data unpacks to more than ${most} bytes. Unpack it by hand and divide it into smaller files.`,
  )
  return unpacked
}

/** The bytes, compressed. */
export const gzip = async (bytes: Uint8Array): Promise<Uint8Array> =>
  (await through(bytes, new CompressionStream('gzip'), Number.POSITIVE_INFINITY))!
