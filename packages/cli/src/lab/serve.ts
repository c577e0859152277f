// The built lab on 127.0.0.1: files of one folder, and nothing else.

import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, sep } from 'node:path'
import { ConvokeError } from 'convoke/shapes'
import { securityHeaders } from './policy.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
}

/** Where the lab looks for its port first: the browser keeps what a page stores by its address, the port included. */
export const usualPort = 8613

export interface Lab {
  readonly url: string
  readonly close: () => Promise<void>
}

/** The file that a request's path names; undefined for what is not a file in `folder`, by links neither. */
async function fileFor(folder: string, path: string): Promise<string | undefined> {
  let name: string
  try {
    name = decodeURIComponent(path)
  } catch {
    return undefined
  }
  const hidden = name.split(/[/\\]/).some((part) => part.startsWith('.'))
  if (hidden || name.includes('\0')) return undefined
  try {
    const file = await realpath(join(folder, name.endsWith('/') ? `${name}index.html` : name))
    if (!file.startsWith(folder + sep)) return undefined
    return (await stat(file)).isFile() ? file : undefined
  } catch {
    return undefined
  }
}

/** Names of the host that a page may be asked for by: another one is a page elsewhere that was pointed here. */
const isOwnHost = (host: string | undefined): boolean => /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '')

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refuse = (code: number, words: string): void => {
    response.writeHead(code, { ...securityHeaders, 'content-type': types['.txt'] }).end(`${words}\n`)
  }
  if (!isOwnHost(request.headers.host)) return refuse(403, 'The lab accepts requests to 127.0.0.1 and localhost only.')
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'The lab supports GET and HEAD only.')
  // Not through URL, which would take the dots out before they are seen.
  const file = await fileFor(folder, (request.url ?? '/').split(/[?#]/)[0])
  if (file === undefined) return refuse(404, 'There is no such file in the lab.')
  const built = file.includes(`${sep}assets${sep}`)
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    // Names of built files change with their content.
    'cache-control': built ? 'max-age=31536000, immutable' : 'no-cache',
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response)
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE'

/**
 * Serves the files of `folder`. Without a port, the usual one where it is free, else any. Throws `ConvokeError` where the
 * port that was asked for is taken, or the folder holds no page.
 */
export async function serveLab(folder: string, port?: number): Promise<Lab> {
  const root = await realpath(folder).catch(() => undefined)
  if (root === undefined || (await fileFor(root, '/')) === undefined)
    throw new ConvokeError(`there is no built lab in ${folder}. In a clone of Convoke, run \`npm run build\` first.`)
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => response.destroy())
  })
  const bound = await listen(server, port ?? usualPort).catch((error: unknown) => {
    if (!isTaken(error)) throw error
    if (port === undefined) return listen(server, 0)
    throw new ConvokeError(`port ${port} is taken. Use another one, or leave --port out.`)
  })
  return {
    url: `http://127.0.0.1:${bound}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
