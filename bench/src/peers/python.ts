// A peer in a Python process of its own, where a Python has its packages: a line of JSON there, a line of JSON back.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ConvokeError } from 'convoke/shapes'

/** Names a Python with PyTorch, or a command that starts one, say in a container; else those in the usual places are tried. */
export const pytorchVariable = 'CONVOKE_BENCH_PYTORCH'

export interface PythonPeer<Hello> {
  /** What it says of itself when it starts. */
  readonly hello: Hello
  /** Throws `ConvokeError` when the process has ended. */
  readonly ask: <T>(request: object) => Promise<T>
  /** Lets it end, and waits until it has. */
  readonly close: () => Promise<void>
}

export interface PythonOptions {
  /** For messages: SciPy. */
  readonly name: string
  /** What it must be able to import. */
  readonly module: string
  /** Its script, below `bench/src`. */
  readonly script: string
  /** An environment variable that may name another command than the usual ones. */
  readonly variable?: string
  readonly environment?: NodeJS.ProcessEnv
}

/** float32 in base 64, as they are sent. */
export const sentFloats = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')

export const floatsOf = (text: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)

/** A package's own setting does not reach every library of products that it may be built with. */
export const libraryThreads = (threads: number): NodeJS.ProcessEnv => {
  const libraries = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS']
  return { ...process.env, ...Object.fromEntries(libraries.map((name) => [name, String(threads)])) }
}

/** Debian's packages are for its own Python, which need not be the first in the path. */
const usual = [['/usr/bin/python3'], ['python3']]

/** The words of a command that starts a Python with the module. Throws `ConvokeError` when the one that is named has none. */
export function findPython(module: string, variable?: string): readonly string[] | undefined {
  const named = variable === undefined ? undefined : process.env[variable]?.trim()
  const commands = named ? [named.split(/\s+/)] : usual
  const found = commands.find(
    ([command, ...rest]) => spawnSync(command, [...rest, '-c', `import ${module}`], { stdio: 'ignore' }).status === 0,
  )
  if (found === undefined && named) {
    throw new ConvokeError(
      `bench: ${variable} is ${JSON.stringify(named)}, which cannot import ${module}. Name a Python that can, or unset it.`,
    )
  }
  return found
}

/** A script below `bench/src`, seen from the bundle in `bench/dist` or from this file. */
function pathOf(script: string): string {
  const [bundled, beside] = [`../src/${script}`, `../${script}`].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  return existsSync(bundled) ? bundled : beside
}

/** Null where no Python has the module. */
export async function startPython<Hello>(options: PythonOptions): Promise<PythonPeer<Hello> | null> {
  const { name, module, script, variable, environment } = options
  const found = findPython(module, variable)
  if (found === undefined) return null
  const [command, ...rest] = found
  // As text: a container may not see the file.
  const text = readFileSync(pathOf(script), 'utf8')
  const child = spawn(command, [...rest, '-c', text], {
    stdio: 'pipe',
    ...(environment && { env: environment }),
  })
  // Libraries complain there of what they do not find in containers; it matters only where the process ends.
  let complaints = ''
  child.stderr.on('data', (part) => {
    complaints = `${complaints}${part}`.slice(-2000)
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  // A process that has ended is reported by what is asked next.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) {
        const why = complaints.trim().split('\n').at(-1)
        throw new ConvokeError(`bench: the process with ${name} ended early${why ? `: ${why}` : '.'}`)
      }
      // Libraries may have something to say before.
      if (value.startsWith('{')) return JSON.parse(value) as T
    }
  }
  return {
    hello: await answer<Hello>(),
    ask: (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return answer()
    },
    close: () => {
      child.stdin.end()
      return ended
    },
  }
}
