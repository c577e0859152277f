// Links of the texts, which name files of the repository, as links of the site.

import type { MarkdownEnv, MarkdownRenderer } from 'vitepress'
import { addressOfTarget, isInRepository, root, targetOf } from './addresses.ts'

/** Where the repository can be read on the web, as `https://host/owner/name/blob/main`; nowhere when not set. */
const repository = process.env.CONVOKE_REPOSITORY?.replace(/\/$/, '')

const isElsewhere = (link: string): boolean => /^([a-z][a-z+.-]*:|\/\/|#)/i.test(link)

const sourceOf = ({ realPath, path }: MarkdownEnv): string => (realPath ?? path).slice(root.length).replace(/^\//, '')

/**
 * Rewrites links before VitePress looks at them: to a page that the site shows, its address; to another file of the repository, its place on the
 * web where `CONVOKE_REPOSITORY` names one, else no link at all. A link to a file that does not exist is left, and VitePress fails on it.
 */
export function linksOfTheSite(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-of-the-site', ({ tokens, env }) => {
    const source = sourceOf(env as MarkdownEnv)
    for (const { children } of tokens) {
      let dropped = false
      for (const token of children ?? []) {
        if (token.type === 'link_close' && dropped) {
          token.tag = 'span'
          dropped = false
        }
        if (token.type !== 'link_open') continue
        const link = decodeURI(token.attrGet('href') ?? '')
        if (link === '' || isElsewhere(link) || link.startsWith('/')) continue
        const [path, anchor = ''] = link.split(/(?=#)/)
        const target = targetOf(source, path)
        const address = addressOfTarget(target)
        if (address !== undefined) token.attrSet('href', address + anchor)
        else if (isInRepository(target)) {
          if (repository !== undefined) token.attrSet('href', `${repository}/${target}${anchor}`)
          else {
            token.tag = 'span'
            token.attrs = [['title', target]]
            dropped = true
          }
        }
      }
    }
  })
}
