// Which file of the repository is which page of the site. Every text has one source: the site shows the files where they lie.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Pages that are not named after their file. */
const named: Readonly<Record<string, string>> = {
  'README.md': 'introduction.md',
  'README.zh-CN.md': 'zh/introduction.md',
  'FEATURES.md': 'features.md',
  'CHANGELOG.md': 'changelog.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CONTRIBUTING.md': 'contributing.md',
  'bench/README.md': 'benchmarks.md',
}

/** Folders whose pages keep their names, and where they lie in the site. The first that fits counts. */
const folders: readonly (readonly [source: string, address: string])[] = [
  ['apps/site/out/reference/', 'reference/'],
  ['apps/site/pages/', ''],
  ['docs/', ''],
]

/** The page that shows `source`, a path within the repository, as `guides/tensors.md`; undefined if none does. */
export function pageOf(source: string): string | undefined {
  if (source in named) return named[source]
  const folder = folders.find(([start]) => source.startsWith(start))
  if (folder === undefined || !source.endsWith('.md')) return undefined
  const [start, address] = folder
  return (address + source.slice(start.length)).replace(/(^|\/)README\.md$/, '$1index.md')
}

/** The address of a page, without the site's base: `/guides/tensors`, `/decisions/`. */
export const addressOf = (page: string): string =>
  `/${page}`.replace(/(\/index)?\.md$/, (_, index) => (index ? '/' : ''))

/** The file of the repository that a link in `source` names, without its anchor. */
export const targetOf = (source: string, link: string): string =>
  posix.normalize(posix.join(posix.dirname(source), link)).replace(/\/$/, '')

/** Where a link to `target`, a file or a folder of the repository, leads; undefined if the site does not show it. */
export function addressOfTarget(target: string): string | undefined {
  const page = pageOf(target) ?? pageOf(`${target}/README.md`)
  const file = target.endsWith('.md') ? target : `${target}/README.md`
  if (page !== undefined && existsSync(`${root}/${file}`)) return addressOf(page)
  return target === 'docs/decisions' ? '/decisions/' : undefined
}

export const isInRepository = (target: string): boolean => !target.startsWith('..') && existsSync(`${root}/${target}`)

/** The Markdown files of a folder of the repository, sorted. */
export const pagesIn = (folder: string): string[] =>
  existsSync(`${root}/${folder}`)
    ? readdirSync(`${root}/${folder}`)
        .filter((name) => name.endsWith('.md') && statSync(`${root}/${folder}/${name}`).isFile())
        .sort()
        .map((name) => `${folder}/${name}`)
    : []

/** What the site does not show, as globs within the repository. */
export const notShown = [
  '.github/**',
  '{out,runs,app,packages,tools,examples,node_modules}/**',
  'apps/lab/**',
  'bench/{src,node_modules,out}/**',
  'apps/site/{README.md,.vitepress/**,src/**,test/**,node_modules/**,out/site/**}',
]

/** Pages that there are in both languages, by their English address, as `guides/tensors.md`. */
export const bilingual = (): string[] => [
  'index.md',
  'introduction.md',
  ...['docs/zh', 'docs/zh/guides'].flatMap(pagesIn).map((file) => (pageOf(file) ?? '').replace(/^zh\//, '')),
]
