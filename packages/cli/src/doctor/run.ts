// `convoke doctor`: what this machine offers, and which backend would run.

import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os'
import { backends, ConvokeError, currentBackend, engineFallbacks, type Fallback, threads } from 'convoke'
import { bold, print, printJson } from '../terminal/output.ts'
import { bytes, table } from '../terminal/table.ts'

const require = createRequire(import.meta.url)

/** Modules that hold one instruction each: an engine that validates them has the feature. */
const probes = {
  simd: [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
  relaxedSimd: [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15,
    253, 128, 2, 11,
  ],
}

/** Engines without a compiler have no WebAssembly at all. */
const validates = (bytes: readonly number[]): boolean =>
  typeof WebAssembly === 'object' && WebAssembly.validate(Uint8Array.from(bytes))

/** The engine takes one where the system does not say. */
function usableCores(): number {
  try {
    return availableParallelism()
  } catch {
    return 1
  }
}

type Pictures =
  | { readonly available: true; readonly sharp: string; readonly libvips: string }
  | { readonly available: false; readonly reason: string }

export async function runDoctor({ json }: { readonly json: boolean }): Promise<void> {
  const version = (name: string): string => (require(`${name}/package.json`) as { version: string }).version
  const processors = cpus()
  const report = {
    versions: {
      convoke: version('convoke'),
      'convoke-cli': (require('../../package.json') as { version: string }).version,
      node: process.versions.node,
      v8: process.versions.v8,
    },
    machine: {
      platform: `${platform()} ${release()}`,
      architecture: arch(),
      processor: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      usableCores: usableCores(),
      memoryBytes: totalmem(),
      freeMemoryBytes: freemem(),
    },
    webAssembly: {
      simd: validates(probes.simd),
      relaxedSimd: validates(probes.relaxedSimd),
    },
    pictures: await pictures(),
    backends: backends(),
    ...choice(),
    loops: engineFallbacks(),
  }
  if (json) printJson(report)
  else print(render(report).join('\n'))
}

const indent = (lines: readonly string[]) => lines.map((line) => `   ${line}`)

/** What runs without vector code only for the largest tensors, together where the reason is one. */
function largest(loops: readonly Fallback[]): string[] {
  const some = loops.filter(({ when }) => when !== undefined)
  const reasons = new Set(some.map(({ when, reason }) => `${when}: ${reason}`))
  return [...reasons].flatMap((text) => {
    const kernels = some.filter(({ when, reason }) => `${when}: ${reason}` === text).map(({ kernel }) => kernel)
    return indent([`${kernels.join(', ')},`, `   ${text}`])
  })
}

/** The backend that would run and why, or why none can. */
function choice(): { readonly backend?: string; readonly threads?: number; readonly because: string } {
  const asked = process.env['CONVOKE_BACKEND']
  try {
    const { name } = currentBackend()
    return {
      backend: name,
      threads: threads(),
      because: asked ? 'CONVOKE_BACKEND selects it' : 'it is the first one available',
    }
  } catch (error) {
    if (error instanceof ConvokeError) return { because: error.message }
    throw error
  }
}

async function pictures(): Promise<Pictures> {
  try {
    const { default: sharp } = await import('sharp')
    return { available: true, sharp: sharp.versions.sharp ?? 'unknown', libvips: sharp.versions.vips }
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).trim().split('\n')[0]
    return { available: false, reason }
  }
}

interface Report {
  readonly versions: Readonly<Record<string, string>>
  readonly machine: {
    readonly platform: string
    readonly architecture: string
    readonly processor: string
    readonly cores: number
    readonly usableCores: number
    readonly memoryBytes: number
    readonly freeMemoryBytes: number
  }
  readonly webAssembly: { readonly simd: boolean; readonly relaxedSimd: boolean }
  readonly pictures: Pictures
  readonly backends: readonly { readonly name: string; readonly available: boolean; readonly reason: string }[]
  readonly backend?: string
  readonly threads?: number
  readonly because: string
  /** Kernels that the engine runs as plain loops. */
  readonly loops: readonly Fallback[]
}

function render(report: Report): string[] {
  const { versions, machine, webAssembly, pictures, backends, backend, threads, because, loops } = report
  const yes = (has: boolean) => (has ? 'yes' : 'no')
  const facts = [
    ...Object.entries(versions),
    ['system', `${machine.platform}, ${machine.architecture}`],
    ['processor', machine.processor],
    ['cores', `${machine.cores}, ${machine.usableCores} usable by this process`],
    ...(threads === undefined ? [] : [['threads', `${threads} for kernels, including the calling one`]]),
    ['memory', `${bytes(machine.memoryBytes)}, ${bytes(machine.freeMemoryBytes)} free`],
    ['WebAssembly', `SIMD ${yes(webAssembly.simd)}, relaxed SIMD ${yes(webAssembly.relaxedSimd)}`],
    [
      'pictures',
      pictures.available
        ? `sharp ${pictures.sharp} (libvips ${pictures.libvips})`
        : `sharp does not load: ${pictures.reason}. Run npm ci again on this machine.`,
    ],
  ]
  return [
    bold('This machine'),
    ...indent(table(facts, ['left', 'left'])),
    '',
    bold('Backends, best first'),
    ...indent(
      table(
        backends.map(({ name, available, reason }) => [available ? '✓' : '✗', name, reason]),
        ['left', 'left', 'left'],
      ),
    ),
    '',
    bold('Kernels without vector code on native and wasm'),
    ...loops
      .filter(({ when }) => when === undefined)
      .flatMap(({ kernel, runs, reason }) => indent([`${kernel} is ${runs}:`, `   ${reason}`])),
    ...largest(loops),
    '',
    backend === undefined ? `Convoke cannot run. ${because}` : `Convoke would run on ${backend}: ${because}.`,
  ]
}
