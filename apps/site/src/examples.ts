// Code blocks marked `ts run` can be run and changed in the page. Elsewhere, and without JavaScript, they are code blocks like any other.

import type { MarkdownRenderer } from 'vitepress'

export function liveExamples(markdown: MarkdownRenderer): void {
  const { fence } = markdown.renderer.rules
  if (fence === undefined) throw new Error('there is no rule for code blocks')
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index]
    const [language, ...flags] = token.info.trim().split(/\s+/)
    token.info = language
    const code = fence(tokens, index, options, env, self)
    if (!flags.includes('run')) return code
    return `<LiveExample code="${encodeURIComponent(token.content)}">${code}</LiveExample>`
  }
}
