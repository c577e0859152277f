// An example in TypeScript as a function: types are left out, imports become calls of `load`, and the value of each statement that is an
// expression is handed to `show`. Lines stay where they were.

import { type Node, parse } from 'acorn'
import { transform } from 'sucrase'

export type Load = (door: string) => unknown
export type Show = (value: unknown, line: number) => void

export interface Program {
  /** The modules that it imports. */
  readonly doors: readonly string[]
  run(load: Load, show: Show, console: Pick<Console, 'log'>): Promise<void>
}

const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>

interface Statement extends Node {
  readonly expression?: Node
}

/** Lines before the example's own that the function begins with, in messages of errors. */
const linesBefore = 2

/** Throws `SyntaxError` where the example is not TypeScript. */
export function programOf(example: string): Program {
  const { code } = transform(example, { transforms: ['typescript', 'imports'], preserveDynamicImport: true })
  const options = { ecmaVersion: 'latest', allowAwaitOutsideFunction: true, locations: true } as const
  const statements = parse(code, options).body as Statement[]
  let shown = ''
  let at = 0
  for (const { type, expression, loc } of statements) {
    // What sucrase adds for imports stands in the first line, before anything that could be shown.
    if (type !== 'ExpressionStatement' || expression === undefined) continue
    const text = code.slice(expression.start, expression.end)
    if (/^['"]use strict['"]$/.test(text) || text.startsWith('Object.defineProperty(exports')) continue
    shown += `${code.slice(at, expression.start)}show((${text}), ${loc?.start.line ?? 0})`
    at = expression.end
  }
  shown += code.slice(at)
  const doors = [...code.matchAll(/\brequire\((['"])(.+?)\1\)/g)].map(([, , door]) => door)
  const build = new AsyncFunction('require', 'exports', 'show', 'console', shown)
  return { doors, run: (load, show, console) => build(load, {}, show, console) }
}

/** The line of the example in which an error of it came about, where its stack says so. */
export function lineOf(error: unknown): number | undefined {
  const place = /<anonymous>:(\d+):\d+/.exec((error instanceof Error && error.stack) || '')
  return place === null ? undefined : Number(place[1]) - linesBefore
}
