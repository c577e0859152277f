// Links with an anchor lead to a heading that there is; VitePress looks at pages alone. And no page asks for anything of another origin.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { builtSite } from './served.ts'

const pages = new Map<string, string>(
  readdirSync(builtSite, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html'))
    .map((path) => [`/${path}`, readFileSync(join(builtSite, path), 'utf8')] as const),
)

const idsOf = (html: string): Set<string> => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))

test('every page, anchor and file that a page links to is there', () => {
  const ids = new Map([...pages].map(([path, html]) => [path, idsOf(html)]))
  const files = new Set<string>(readdirSync(builtSite, { recursive: true, encoding: 'utf8' }).map((path) => `/${path}`))
  const dead = new Set<string>()
  for (const [path, html] of pages)
    for (const [, link] of html.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const { pathname, hash } = new URL(link, `http://site${path}`)
      const target = decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname)
      if (!files.has(target)) dead.add(`${path} → ${link}`)
      else if (hash !== '' && !ids.get(target)?.has(decodeURIComponent(hash.slice(1)))) dead.add(`${path} → ${link}`)
    }
  expect(pages.size).toBeGreaterThan(1000)
  expect([...dead].slice(0, 50)).toEqual([])
})

test('no page loads anything from elsewhere', () => {
  const foreign = [...pages].flatMap(([path, html]) =>
    [...html.matchAll(/<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="((?:https?:)?\/\/[^"]+)"/g)].map(
      ([, url]) => `${path}: ${url}`,
    ),
  )
  expect(foreign).toEqual([])
})
