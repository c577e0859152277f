// The built library in a page: Debian's Chromium, with and without cross-origin isolation.

import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PageReport } from '../src/backends/cpu/testing/fuzz/page.ts'
import { relativeError } from '../src/testing/check-op.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const mounts = { '/dist/': at('../dist/for-browser/'), '/test/': at('./') }
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html; charset=utf-8' }

const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

const pageSource = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Convoke</title>
<script type="module">
  import * as convoke from '/dist/index.js'
  import { compute } from '/test/page-check.js'
  globalThis.answer = compute(convoke)
</script>`

/** The same for a policy that allows no script inside of a page. */
const strictSource =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Convoke</title><script type="module" src="/test/strict-page.js"></script>'

/** The fuzzer of the engine's sources, as one script for a page. */
async function fuzzSource(): Promise<string> {
  const engine = '../src/backends/cpu'
  const { outputFiles } = await build({
    entryPoints: [at(`${engine}/testing/fuzz/page.ts`)],
    alias: { '#platform': at(`${engine}/runtime/platform/browser.ts`) },
    ...{ bundle: true, platform: 'browser', format: 'iife', globalName: 'fuzzer', write: false },
  })
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Fuzz</title>
<script type="module">
  ${outputFiles[0].text.replaceAll('</script', '<\\/script')}
  globalThis.answer = fuzzer.fuzzInPage(23, 150)
</script>`
}

function fileAt(pathname: string): string | undefined {
  for (const [prefix, folder] of Object.entries(mounts)) {
    if (!pathname.startsWith(prefix)) continue
    const inside = normalize(pathname.slice(prefix.length))
    const file = join(folder, inside)
    if (!inside.startsWith('..') && statSync(file, { throwIfNoEntry: false })?.isFile()) return file
  }
  return undefined
}

interface Site {
  readonly url: string
  readonly requested: readonly string[]
  readonly server: Server
}

/** Serves the page and the built library on a free port of this machine only. */
async function serve(headers: Readonly<Record<string, string>>, source = pageSource): Promise<Site> {
  const requested: string[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    requested.push(pathname)
    const file = fileAt(pathname)
    if (pathname === '/') response.writeHead(200, { ...headers, 'content-type': types['.html'] }).end(source)
    else if (file === undefined) response.writeHead(404, headers).end()
    else response.writeHead(200, { ...headers, 'content-type': types[extname(file)] }).end(readFileSync(file))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requested, server }
}

interface Answer {
  readonly numbers: readonly (readonly number[])[]
  readonly threads: number
  /** What the backend says of itself. */
  readonly reason: string
}

interface StrictAnswer {
  readonly sums: readonly number[]
  /** Of the backend that was used. */
  readonly name: string
  /** What each backend says of itself. */
  readonly reasons: Readonly<Record<string, string>>
}

/** The same computation in a Node process of its own, on the built library. */
async function inNode(): Promise<Answer> {
  const script = `
    import * as convoke from ${JSON.stringify(new URL('../dist/for-node/index.js', import.meta.url).href)}
    import { compute } from ${JSON.stringify(new URL('./page-check.js', import.meta.url).href)}
    console.log(JSON.stringify(await compute(convoke)))`
  const options = { maxBuffer: 2 ** 26, timeout: 60_000 }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
  return JSON.parse(stdout)
}

const builtAndInstalled = existsSync(executablePath) && existsSync(at('../dist/for-browser/index.js'))

test('no module of the browser build imports one of Node', async () => {
  const entryPoints = [at('../dist/for-browser/index.js')]
  // What a page cannot resolve, such as node:fs, fails the build.
  const { metafile } = await build({ entryPoints, bundle: true, platform: 'browser', write: false, metafile: true })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter(({ external }) => external)).toEqual([])
})

describe('the library in Chromium', () => {
  if (!builtAndInstalled) {
    test.skip(`is not tested: there is no ${executablePath} (apt-get install chromium, or set CHROMIUM)`, () => {})
    return
  }
  let browser: Browser
  let expected: Answer
  const sites: Site[] = []
  beforeAll(async () => {
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']
    const args = ['--no-sandbox', '--disable-gpu', ...quiet]
    browser = await chromium.launch({ executablePath, headless: true, args })
    expected = await inNode()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    for (const { server } of sites) server.close()
  })

  async function inPage<T = Answer>(headers: Readonly<Record<string, string>>, source?: string): Promise<T> {
    const site = await serve(headers, source)
    sites.push(site)
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(site.url)
    await page.waitForFunction('globalThis.answer !== undefined')
    const answer = await page.evaluate(() => (globalThis as unknown as { answer: Promise<T> }).answer, null)
    expect(problems).toEqual([])
    expect(site.requested.filter((path) => path !== '/' && fileAt(path) === undefined)).toEqual([])
    return answer
  }

  test('computes a convolution and its gradients as Node does, isolated on threads or alone on one', async () => {
    const isolated = await inPage(isolation)
    const alone = await inPage({})
    expect(isolated.threads).toBe(availableParallelism())
    expect(alone.threads).toBe(1)
    expect(alone.reason).toContain('not cross-origin isolated')
    expect(isolated.numbers, 'threads change nothing').toEqual(alone.numbers)
    expect(alone.numbers).toHaveLength(expected.numbers.length)
    // Chromium may fuse multiply-adds where this Node does not.
    const relaxed = (answer: Answer): boolean => answer.reason.includes('relaxed')
    const limit = relaxed(alone) === relaxed(expected) ? 1e-12 : 2e-6
    expected.numbers.forEach((numbers, i) => {
      expect(numbers.some((value) => value !== 0)).toBe(true)
      const scale = Math.max(...numbers.map(Math.abs))
      const [actual, wanted] = [alone.numbers[i], numbers].map((list) => list.map((value) => value / scale))
      expect(relativeError(actual, wanted), `result ${i}`).toBeLessThan(limit)
    })
  })

  test('reads pictures from ImageData, canvases, bitmaps and images, and shows them', async () => {
    const source = pageSource
      .replace("import { compute } from '/test/page-check.js'", "import { pictures } from '/test/pixels-check.js'")
      .replace('compute(convoke)', 'pictures(convoke)')
    const answer = await inPage<{
      bytes: number[]
      found: Record<string, unknown[]>
      back: number[]
      isImageData: boolean
      refused: string
    }>({}, source)
    const { bytes } = answer
    const rows = [bytes.slice(0, 8), bytes.slice(8)].map((row) => [row.slice(0, 4), row.slice(4)])
    for (const name of ['pixels', 'canvas', 'offscreen', 'bitmap', 'image'])
      expect(answer.found[name], name).toEqual(rows)
    expect(answer.back).toEqual(bytes)
    expect(answer.isImageData).toBe(true)
    expect(answer.refused).toContain('Wait until it is loaded')
  })

  test('falls to the reference, and says why, where the policy of a page allows no WebAssembly', async () => {
    const policy = { 'content-security-policy': "default-src 'self'; script-src 'self'; img-src data:" }
    const { sums, name, reasons } = await inPage<StrictAnswer>({ ...isolation, ...policy }, strictSource)
    expect([sums, name]).toEqual([[6, 8, 12, 14], 'reference'])
    expect(reasons.wasm).toMatch(/compiling WebAssembly is refused here \(.*Content Security Policy/)
  })

  test('gives the reference’s answers to random questions in relaxed WebAssembly, on one thread and on two', async () => {
    const report = await inPage<PageReport>(isolation, await fuzzSource())
    expect(report.failures.join('\n\n')).toBe('')
    expect(report).toMatchObject({ relaxed: true, threads: 2, cases: 150 })
  })
})
