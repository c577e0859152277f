// A static server for one page, cross-origin isolated so that the page has SharedArrayBuffer and threads
// (https://web.dev/articles/coop-coep).

import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
}

export interface Site {
  readonly url: string
  close(): void
}

/** Serves `mounts` (URL prefix, with both slashes → folder) on a free port of this machine only. */
export async function serve(mounts: Readonly<Record<string, string>>): Promise<Site> {
  const fileOf = (path: string): string | null => {
    const prefix = Object.keys(mounts).find((candidate) => path.startsWith(candidate))
    if (prefix === undefined) return null
    const inside = normalize(path.slice(prefix.length))
    if (inside.startsWith('..')) return null
    const file = join(mounts[prefix], inside)
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : null
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = fileOf(decodeURIComponent(pathname))
    if (file === null) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { ...isolation, 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}
