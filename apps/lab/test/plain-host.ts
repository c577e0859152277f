// The built folder on a plain static host that knows nothing of isolation, under a path of its own.

import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Lab } from '../../../packages/cli/src/lab/serve.ts'
import { builtLab } from './lab.ts'

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' }

export async function plainHost(): Promise<Lab> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0].replace('/some/where/', '/')
    const file = join(builtLab, path === '/' ? 'index.html' : path)
    if (!request.url?.startsWith('/some/where/') || !existsSync(file)) response.writeHead(404).end()
    else {
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'image/svg+xml' })
      createReadStream(file).pipe(response)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`,
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
