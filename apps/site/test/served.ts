// The built site on this machine, and a browser that visits it.

import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'

export const builtSite = fileURLToPath(new URL('../out/site', import.meta.url))
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Whether pages can be opened here; a skipped test says why not. */
export function canOpenPages(): boolean {
  if (existsSync(executablePath)) return true
  test.skip(`no page is opened: there is no ${executablePath} (apt-get install chromium, or set CHROMIUM)`, () => {})
  return false
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** Serves the built site as any static host does. */
export async function serveSite(): Promise<Served> {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname))
    const file = join(builtSite, path.endsWith('/') ? `${path}index.html` : path)
    const isFile = await stat(file).then(
      (found) => found.isFile(),
      () => false,
    )
    response.writeHead(isFile ? 200 : 404, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    response.end(isFile ? await readFile(file) : '')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((closed) => server.close(() => closed())),
  }
}

/** The site and a browser for all tests of a file. */
export function siteInBrowser(): { readonly browser: Browser; readonly url: string } {
  const here = {} as { browser: Browser; url: string }
  let served: Served
  beforeAll(async () => {
    served = await serveSite()
    here.url = served.url
    here.browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  })
  afterAll(async () => {
    await here.browser?.close()
    await served?.close()
  })
  return here
}

export interface Visit {
  readonly page: Page
  /** Errors, warnings, failed requests, and requests to other origins: there should be none. */
  readonly complaints: string[]
  close(): Promise<void>
}

export async function visit(
  { browser, url }: { readonly browser: Browser; readonly url: string },
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  context.on('request', (request) => {
    const asked = request.url()
    if (!asked.startsWith(url) && !/^(blob|data):/.test(asked)) complaints.push(`elsewhere: ${asked}`)
  })
  context.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  return { page, complaints, close: () => context.close() }
}
