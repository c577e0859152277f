// The site reads what stands above a page as YAML, and cannot be built where it is none.

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const folders = ['.', '../apps/site/pages'].map((path) => new URL(`${path}/`, import.meta.url))

/** The lines between the first two of three dashes; undefined where a page does not begin with them. */
const frontMatter = (text: string): string | undefined => /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text)?.[1]

const pages = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => ({ name, matter: frontMatter(readFileSync(new URL(name, folder), 'utf8')) })),
)
const withMatter = pages.filter(({ matter }) => matter !== undefined)

test('some pages have front matter', () => {
  expect(withMatter.map(({ name }) => name)).toContain('index.md')
})

test.each(withMatter)('the front matter of $name is YAML', ({ matter }) => {
  expect(parse(matter!)).toBeTypeOf('object')
})
