// biome-ignore-all lint/plugin/spread-of-a-list: the imports of one example
// Runs the examples of the documentation as they are printed. A line `expression  // value`, where the value reads as
// JSON, is an assertion; every other comment is prose.

import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'

export interface Example {
  /** Where it stands: `README.md:12`. */
  readonly place: string
  readonly language: string
  readonly code: string
}

/** The fenced blocks of a Markdown file, those marked `ignore` left out. */
export function fencedBlocks(path: string, name: string): Example[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/^```(\w+)(?: ([^\n]*))?\n(.*?)^```$/gms)]
    .filter(([, , flags]) => !flags?.includes('ignore'))
    .map((match) => ({
      place: `${name}:${text.slice(0, match.index).split('\n').length}`,
      language: match[1],
      code: match[3],
    }))
}

/** The `@example` blocks of doc comments. */
export function docCommentExamples(path: string, name: string): Example[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/^[ \t]*\* @example\n(.*?)(?=^[ \t]*\*\/|^[ \t]*\* @)/gms)].map((match) => ({
    place: `${name}:${text.slice(0, match.index).split('\n').length}`,
    language: 'ts',
    code: match[1].replaceAll(/^[ \t]*\* ?/gm, ''),
  }))
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Turns `expression  // value` into a call of `expectValue`. */
function withAssertions(code: string): string {
  return code
    .split('\n')
    .map((line) => {
      const match = /^(?<expression>[^/\s].*?);?\s+\/\/ (?<value>.+)$/.exec(line)
      const { expression = '', value = '' } = match?.groups ?? {}
      if (!isJson(value) || /^(const|let|import|export|return|if|for)\b/.test(expression)) return line
      return `expectValue(${expression}, ${value}, ${JSON.stringify(line)})`
    })
    .join('\n')
}

type Names = Readonly<Record<string, unknown>>
type ExpectValue = (actual: unknown, expected: unknown, line: string) => void

const imported = /^import \{([^}]*)\} from '(convoke[\w/]*)'$/gm

/**
 * Runs a TypeScript example with `doors` as what `import … from 'convoke'`, `'convoke/graph'` and so on can bring; without imports,
 * all of them are in scope, as in a doc comment.
 */
export async function runTypeScript(
  { code, place }: Example,
  doors: Readonly<Record<string, Names>>,
  expectValue: ExpectValue,
): Promise<void> {
  const names: Names = Object.assign({}, ...Object.values(doors))
  const imports = [...code.matchAll(imported)]
  const wanted = imports.flatMap(([, list, door]) => {
    const found = list.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
    for (const name of found) {
      const known = name.startsWith('type ') || name in (doors[door] ?? {})
      if (!known) throw new Error(`${place}: '${door}' has no export ${name}`)
    }
    return found
  })
  const body = withAssertions(code.replaceAll(imported, ''))
  const { code: plain } = transformSync(`async function example() {\n${body}\n}`, { loader: 'ts', target: 'es2022' })
  const inScope = imports.length > 0 ? wanted.filter((name) => !name.startsWith('type ')) : Object.keys(names)
  const build = new Function('expectValue', ...inScope, `${plain}\nreturn example()`)
  await build(expectValue, ...inScope.map((name) => names[name]))
}
