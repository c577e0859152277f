// Projects that install the packages of this repository as they would be published, beside others from the npm registry.

import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const host = await import(new URL('./matrix/host.js', import.meta.url).href)

/** A path within the repository. */
export const atRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

interface Ran {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

interface Place {
  readonly cwd: string
  /** Milliseconds after which the process is ended; five minutes when not given. */
  readonly timeout?: number
}

/** What a process that was run leaves. Never rejects. */
export const run = (file: string, args: readonly string[], place: Place): Promise<Ran> => host.run(file, args, place)

/** For each package of the repository, the archives to install in its place: its own, and those of what it needs. */
export type Archives = Readonly<Record<string, readonly string[]>>

/** Packs the library and the command into a folder. */
export async function packInto(folder: string): Promise<Archives> {
  const { library, command, weights } = await host.packAll(folder)
  return { convoke: [library], 'convoke-cli': [command, weights] }
}

/** How npm says that it does not reach its registry, or may not. */
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONN\w+|ENETUNREACH|\w*TIMEDOUT|ENOTCACHED|E40[137]|E50\d)\b/

/** Runs `npm install` with these words. Gives the reason where the registry cannot be reached; throws when it fails otherwise. */
export async function install(cwd: string, words: readonly string[] = []): Promise<string | undefined> {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const { code, stderr } = await run('npm', ['install', ...quiet, ...words], { cwd, timeout: 600_000 })
  if (code === 0) return undefined
  const [reason] = unreachable.exec(stderr) ?? []
  if (reason === undefined) throw new Error(`npm install ${words.join(' ')}: code ${code}\n${stderr}`)
  return `npm does not reach its registry (${reason})`
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number }
      server.close(() => resolve(port))
    })
  })

/** Starts `node PROGRAM ...words --port PORT` in a folder, waits until it answers, gives what `use` gives, and ends it. */
export async function withServer<T>(
  cwd: string,
  [program, ...words]: readonly string[],
  use: (url: string) => Promise<T>,
): Promise<T> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const args = [program, ...words, '--port', String(port)]
  return host.withServer(process.execPath, args, { cwd, url }, () => use(url))
}

/** Where Chromium is, if it is here. */
export const browserPath: string | undefined = host.chromium()

/** What an element of a page shows, once it shows anything. Errors of the page are errors. */
export function textInPage(url: string, selector: string): Promise<string> {
  const text = `document.querySelector(${JSON.stringify(selector)})?.textContent`
  return host.inPage(atRoot(''), url, `(${text} ?? '') !== ''`, text)
}
