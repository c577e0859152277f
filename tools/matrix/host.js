// Folders, processes and pages of the matrix.

import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const workspace = here('../..')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** What a process that was run leaves. Never rejects. */
export const run = (file, args, { env = {}, timeout = 300_000, ...options } = {}) =>
  new Promise((resolve) => {
    // Neither the colours nor the settings of the one who asks: an `npm run` hands on many.
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|FORCE_COLOR$|NODE_OPTIONS$|CONVOKE_)/.test(name),
    )
    const all = { timeout, maxBuffer: 2 ** 26, ...options, env: { ...Object.fromEntries(own), NO_COLOR: '1', ...env } }
    execFile(file, args, all, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 1), stdout, stderr }),
    )
  })

/** The same, where anything but success is an error with what was said last. */
export async function must(file, args, options) {
  const ran = await run(file, args, options)
  if (ran.code !== 0)
    throw new Error(`${file} ${args.join(' ')}: code ${ran.code}\n${ran.stdout}\n${ran.stderr}`.trim())
  return ran
}

const quiet = ['--no-audit', '--no-fund', '--loglevel=error']

/** The packages, packed as they would be published: paths of the archives. */
export async function packAll(to) {
  mkdirSync(to, { recursive: true })
  const packed = await must(
    npm,
    [
      'pack',
      '--json',
      '--pack-destination',
      to,
      ...['convoke', 'cli', 'weights'].flatMap((name) => ['-w', `packages/${name}`]),
    ],
    { cwd: workspace },
  )
  const list = Object.values(JSON.parse(packed.stdout))
  const of = (name) => join(to, list.find((one) => one.name === name).filename)
  return { library: of('convoke'), command: of('convoke-cli'), weights: of('convoke-weights') }
}

/** A folder with the tools of the lock file and the packed packages, kept for the next time. */
export async function toolsFolder(root, { library, command, weights }, say) {
  const folder = join(root, 'tools')
  const lock = readFileSync(here('package-lock.json'))
  const stamp = join(folder, 'installed.txt')
  const digest = createHash('sha256').update(lock).digest('hex')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
    say(`installing bundlers, servers and compilers into ${folder} (a gigabyte, once)`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(here(name), join(folder, name))
    await must(npm, ['ci', ...quiet], { cwd: folder, timeout: 1_200_000 })
    writeFileSync(stamp, digest)
  }
  await must(npm, ['install', '--no-save', ...quiet, library, weights, command], { cwd: folder, timeout: 600_000 })
  return folder
}

/** An empty folder in which a newcomer installs the packages and nothing else. */
export async function emptyFolder({ library, command, weights }) {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-empty-'))
  await must(npm, ['init', '-y', ...quiet], { cwd: folder })
  await must(npm, ['install', ...quiet, library, weights, command], { cwd: folder, timeout: 600_000 })
  return folder
}

const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.html': 'text/html; charset=utf-8' }

/** Serves a folder on a free port of this machine only. */
async function serve(folder, headers) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const inside = normalize(pathname === '/' ? 'index.html' : pathname.slice(1))
    const file = join(folder, inside)
    if (inside.startsWith('..') || !existsSync(file)) return response.writeHead(404, headers).end()
    const type = types[extname(file)] ?? 'application/octet-stream'
    return response.writeHead(200, { ...headers, 'content-type': type }).end(readFileSync(file))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}

/** With these a page may share memory between threads. */
export const isolated = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** Debian's Chromium, or the one that CHROMIUM names; undefined where there is none. */
export const chromium = () => [process.env['CHROMIUM'], '/usr/bin/chromium'].find((path) => path && existsSync(path))

/** What `read` gives in a page at `url` once `ready` (an expression) is true there. Errors of the page are errors. */
export async function inPage(tools, url, ready, read) {
  const { chromium: kind } = await import(new URL(`file://${tools}/node_modules/playwright-core/index.mjs`))
  const browser = await kind.launch({ executablePath: chromium(), args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    const problems = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(url)
    await page.waitForFunction(ready, undefined, { timeout: 60_000 }).catch(() => {})
    if (problems.length > 0) throw new Error(`the page throws: ${problems.join('; ')}`)
    return await page.evaluate(read)
  } finally {
    await browser.close()
  }
}

/** The answer of a folder's index.html that loads a bundle. */
export async function askPage(tools, folder, headers) {
  const site = await serve(folder, headers)
  try {
    return await inPage(tools, site.url, 'globalThis.answer !== undefined', 'globalThis.answer')
  } finally {
    site.close()
  }
}

/** Starts a server, waits until it answers at `url`, gives what `use` gives, and ends it. */
export async function withServer(file, args, { url, ...options }, use) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  try {
    for (let tries = 0; ; tries++) {
      const answers = await fetch(url).then(
        () => true,
        () => false,
      )
      if (answers) break
      if (child.exitCode !== null || tries > 240) throw new Error(`the server does not answer: ${said}`)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    return await use()
  } finally {
    // The next one takes the same port.
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill()
    if (child.exitCode === null) await ended
  }
}
