/// <reference types="node" />

// Downloading one file: goes on where it was cut, tries again, tries other addresses, and keeps nothing that is not what
// was promised. The file appears under its name whole or not at all.

import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, writeFileSync } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { explain } from '../../files/explain.ts'
import { ConvokeError, check } from '../../shapes/error.ts'
import type { WaitingSignal } from '../../shapes/host.ts'
import { counted } from '../../shapes/words.ts'
import {
  forgetNotes,
  forgetPartial,
  noteVersion,
  type Partial,
  rangeCondition,
  readPartial,
  sameVersion,
  type Version,
} from './partial.ts'
import { codeOf, get } from './request.ts'

/** Headers of an answer, by their names in small letters. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a server promises of a file. */
export interface Promised {
  /** Its size in bytes. */
  readonly size?: number | undefined
  /** Its SHA-256, 64 hexadecimal digits. */
  readonly sha256?: string | undefined
}

/** No address gave the file. */
export class DownloadError extends ConvokeError {
  /** What the servers answered, where they answered: 404, 401. */
  readonly statuses: readonly number[]
  constructor(message: string, statuses: readonly number[]) {
    super(message)
    this.statuses = statuses
  }
}

/** How far a download is. */
export interface DownloadProgress {
  /** The address that it comes from. */
  readonly url: string
  /** Bytes that are there, those of earlier tries included. */
  readonly received: number
  /** Null where the server does not say. */
  readonly total: number | null
}

/** A `URL`, as far as it is asked here. */
export interface Address {
  /** The address as text. */
  readonly href: string
  /** Scheme, host and port of the address. */
  readonly origin: string
}

/** The options of `downloadFile`. */
export interface DownloadOptions {
  /** The expected SHA-256 of the whole file, 64 hexadecimal digits. A file with another one is deleted. */
  readonly sha256?: string | undefined
  /** Called as the file arrives. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Tries after the first, at each address, where trying again can help; 4 when not given. */
  readonly retries?: number | undefined
  /** Milliseconds before the second try, doubled before each one after; 1000 when not given. */
  readonly pause?: number | undefined
  /** Milliseconds without a byte after which a try ends; 30,000 when not given. */
  readonly timeout?: number | undefined
  /** Headers for requests to one address: where a server redirects to, they are asked for anew. */
  readonly headersFor?: ((url: Address) => Readonly<Record<string, string>>) | undefined
  /** What the headers of an answer, or of a redirection, promise of the file: it is held to the first promise. */
  readonly promisedBy?: ((headers: Headers, url: Address) => Promised) | undefined
  /** Stops; what is there is kept, and the next call goes on from it. */
  readonly signal?: WaitingSignal | undefined
}

/** A file that was downloaded. */
export interface Downloaded {
  /** The address that it came from. */
  readonly url: string
  /** Its size in bytes. */
  readonly size: number
  /** Its SHA-256, 64 hexadecimal digits. */
  readonly sha256: string
}

/** Why a try failed, and whether the same address may be asked again. */
class TryError extends Error {
  readonly again: boolean
  readonly wait: number
  readonly status: number | null
  constructor(message: string, again: boolean, wait = 0, status: number | null = null) {
    super(message)
    this.again = again
    this.wait = wait
    this.status = status
  }
}

const hopeless = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENOTIMP']

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name of the server is not known (no network?)',
  EAI_AGAIN: 'the name of the server cannot be looked up (no network?)',
  ECONNREFUSED: 'the server refuses the connection',
  ECONNRESET: 'the connection was cut',
  ENETUNREACH: 'the network cannot be reached',
  EHOSTUNREACH: 'the server cannot be reached',
  ETIMEDOUT: 'nothing came for too long',
}

/**
 * Downloads the file at the first of `urls` that gives it, to `path`. A download that was cut goes on where it stopped
 * (HTTP ranges), as long as the server says that the file is still the same; otherwise it starts again. Throws
 * `ConvokeError` that tells what went wrong at each address; a file with the wrong checksum is not kept.
 */
export async function downloadFile(
  urls: readonly string[],
  path: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  check(urls.length > 0, () => `${path}: there is no address to download it from. Give at least one URL.`)
  const failures: string[] = []
  const statuses: number[] = []
  for (const url of urls) {
    try {
      return await fromAddress(url, path, options)
    } catch (error) {
      if (!(error instanceof TryError)) throw error
      failures.push(`${url}: ${error.message}`)
      if (error.status !== null) statuses.push(error.status)
    }
  }
  throw new DownloadError(`${path} cannot be downloaded. ${failures.join('; ')}.`, statuses)
}

async function fromAddress(url: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  const { retries = 4, pause: first = 1000, signal } = options
  for (let attempt = 0; ; attempt++) {
    try {
      return await tryOnce(url, path, options)
    } catch (error) {
      signal?.throwIfAborted()
      const failure = asTryError(error)
      if (!failure.again || attempt >= retries) throw failure
      await pause(Math.max(failure.wait, first * 2 ** attempt), undefined, {
        signal: signal as AbortSignal | undefined,
      })
    }
  }
}

function asTryError(error: unknown): TryError {
  if (error instanceof TryError) return error
  if (error instanceof ConvokeError) throw error
  const code = codeOf(error)
  if (['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS'].includes(code))
    throw new ConvokeError(
      `download: the file cannot be written: ${explain(error)}. Make room, or choose another folder.`,
    )
  return new TryError(words[code] ?? code, !hopeless.includes(code))
}

async function tryOnce(url: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  const { timeout = 30_000, signal } = options
  await mkdir(dirname(path), { recursive: true })
  let have = readPartial(path)
  const condition = have.version === null || have.version.url !== url ? null : rangeCondition(have.version)
  if (have.size > 0 && condition === null) have = startAgain(path)
  const ranges = have.size === 0 ? {} : { range: `bytes=${have.size}-`, 'if-range': condition! }
  let promised: Promised = {}
  const response = await get(url, {
    headers: { 'accept-encoding': 'identity', ...ranges },
    ...{ timeout, headersFor: options.headersFor },
    onAnswer({ headers }, at) {
      const { size, sha256 } = options.promisedBy?.(headers, at) ?? {}
      promised = { size: promised.size ?? size, sha256: promised.sha256 ?? sha256 }
    },
    signal: signal as AbortSignal | undefined,
  })
  try {
    const version = versionOf(url, response)
    const status = response.statusCode ?? 0
    const done = (part: Partial) =>
      finish(url, path, part, { ...promised, ...(options.sha256 !== undefined && { sha256: options.sha256 }) })
    if (status === 416 && lengthInRange(response) === have.size) return await done(have)
    if (status >= 400 && status !== 416) throw refusal(response)
    if (status === 200) have = startAgain(path)
    else if (status !== 206 || !continues(have, response, version)) {
      forgetPartial(path)
      throw new TryError('the file changed while it was being downloaded', true)
    }
    if (header(response, 'content-type')?.startsWith('text/html'))
      throw new TryError('the server sends a web page instead of the file', false)
    noteVersion(path, version)
    const size = await receive(url, response, have, options)
    return await done({ ...have, size })
  } finally {
    response.destroy()
  }
}

function startAgain(path: string): Partial {
  forgetPartial(path)
  return readPartial(path)
}

/** Whether what comes is the rest of what is there. */
const continues = (have: Partial, response: IncomingMessage, version: Version): boolean =>
  have.version !== null && startOfRange(response) === have.size && sameVersion(have.version, version)

const header = (response: IncomingMessage, name: string): string | null => {
  const value = response.headers[name]
  return typeof value === 'string' ? value : null
}

const versionOf = (url: string, response: IncomingMessage): Version => ({
  url,
  etag: header(response, 'etag'),
  lastModified: header(response, 'last-modified'),
})

/** `bytes 100-199/1234`: where it starts and the length of the whole. */
const contentRange = (response: IncomingMessage) =>
  /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header(response, 'content-range') ?? '')

const startOfRange = (response: IncomingMessage): number => Number(contentRange(response)?.[1] ?? Number.NaN)

const lengthInRange = (response: IncomingMessage): number => Number(contentRange(response)?.[2] ?? Number.NaN)

function refusal(response: IncomingMessage): TryError {
  const status = response.statusCode ?? 0
  const again = status === 408 || status === 429 || status >= 500
  const wait = 1000 * Number(header(response, 'retry-after') ?? 0)
  const what = status === 404 || status === 410 ? 'there is no such file' : (response.statusMessage ?? '')
  // Whoever asks for more than a minute is asked for too much.
  return new TryError(
    `the server answers ${status} (${what})`,
    again,
    Number.isFinite(wait) ? Math.min(wait, 60_000) : 0,
    status,
  )
}

/** Appends what comes to the part, all that arrives before a connection is cut included. Returns its size in bytes. */
async function receive(
  url: string,
  response: IncomingMessage,
  have: Partial,
  { onProgress }: DownloadOptions,
): Promise<number> {
  const length = header(response, 'content-length')
  const total = length === null ? null : have.size + Number(length)
  let received = have.size
  const file = openSync(have.path, 'a')
  try {
    await new Promise<void>((resolve, reject) => {
      response.on('error', reject)
      response.on('end', resolve)
      response.on('close', () => reject(new TryError('the connection was cut', true)))
      response.on('data', (chunk: Buffer) => {
        try {
          writeFileSync(file, chunk)
          received += chunk.length
          onProgress?.({ url, received, total })
        } catch (error) {
          response.destroy(error as Error)
        }
      })
      onProgress?.({ url, received, total })
    })
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (total !== null && received !== total)
    throw new TryError(`the connection was cut after ${received} of ${total} bytes`, true)
  return received
}

async function finish(
  url: string,
  path: string,
  { path: part }: Partial,
  expected: { readonly sha256?: string | undefined; readonly size?: number | undefined },
): Promise<Downloaded> {
  const [sha256, { size }] = [await sha256Of(part), await stat(part)]
  const differs =
    expected.size !== undefined && expected.size !== size
      ? `${counted(size, 'byte')}, and ${expected.size} were expected`
      : expected.sha256 !== undefined && expected.sha256.toLowerCase() !== sha256
        ? `SHA-256 ${sha256}, and ${expected.sha256.toLowerCase()} was expected`
        : null
  if (differs !== null) {
    forgetPartial(path)
    throw new TryError(`the file has ${differs}; it was not kept`, false)
  }
  await rename(part, path)
  forgetNotes(path)
  return { url, size, sha256 }
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
