import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Site, serve } from './serve.ts'

describe('the page server', () => {
  let folder = ''
  let site: Site
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bench-serve-'))
    mkdirSync(join(folder, 'page'))
    writeFileSync(join(folder, 'page', 'kernel.wasm'), 'wasm')
    writeFileSync(join(folder, 'secret.txt'), 'secret')
    site = await serve({ '/page/': join(folder, 'page') })
  })
  afterAll(() => {
    site.close()
    rmSync(folder, { recursive: true })
  })

  it('isolates the page, so that it has shared memory, and names types', async () => {
    const response = await fetch(`${site.url}/page/kernel.wasm`)
    expect(await response.text()).toBe('wasm')
    expect(response.headers.get('content-type')).toBe('application/wasm')
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
  })

  // fetch() would tidy such paths before sending them.
  const status = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(site.url)
      const sent = request({ hostname, port, path }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject)
      sent.end()
    })

  it.each([
    '/page/none.js',
    '/page',
    '/other/',
    '/page/../secret.txt',
    '/page/%2e%2e/secret.txt',
    '/page/..%2fsecret.txt',
  ])('has nothing at %s', async (path) => {
    expect(await status(path)).toBe(404)
  })
})
