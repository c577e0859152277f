/// <reference types="node" />

// One GET request, redirects followed. Node's own `fetch` is not used: it unpacks what a server sends packed, and the
// bytes would be no longer those that the checksum and the ranges speak of.

import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { ConvokeError } from '../../shapes/error.ts'

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Headers for one server alone: they do not go where it redirects to. */
  readonly headersFor?: ((url: URL) => Readonly<Record<string, string>>) | undefined
  /** Hears of every answer, those that redirect included. */
  readonly onAnswer?: ((response: IncomingMessage, url: URL) => void) | undefined
  /** Milliseconds without a byte after which the request fails. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
}

const mostRedirects = 5

/** A failure of the network, whose code (`ENOTFOUND`, `ECONNRESET`, `ETIMEDOUT`, …) tells what to do about it. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error
    ? String(error.code)
    : error instanceof Error
      ? error.message
      : String(error)

/** The response to a GET request; its body is still to come. Fails like the network does, or with a `ConvokeError`. */
export async function get(url: string, options: RequestOptions): Promise<IncomingMessage> {
  let at = new URL(url)
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await send(at, options)
    options.onAnswer?.(response, at)
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return response
    response.destroy()
    at = new URL(location, at)
    if (at.protocol !== 'http:' && at.protocol !== 'https:') break
  }
  throw new ConvokeError(`${url}: the server redirects endlessly, or to ${at.protocol} Look for another address.`)
}

function send(url: URL, { headers, headersFor, timeout, signal }: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = start(url, {
      headers: { 'user-agent': 'convoke', ...headers, ...headersFor?.(url) },
      signal,
      timeout,
    })
    let response: IncomingMessage | null = null
    const late = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })
    // Destroying the response hands the error to whoever reads it.
    request.on('timeout', () => (response === null ? request.destroy(late) : response.destroy(late)))
    request.on('error', reject)
    request.on('response', (incoming) => {
      response = incoming
      resolve(incoming)
    })
    request.end()
  })
}
