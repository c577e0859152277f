// Tables that are wider than the screen scroll, so the keyboard has to reach them.

import type { MarkdownRenderer } from 'vitepress'

export function tablesByKeyboard(markdown: MarkdownRenderer): void {
  markdown.renderer.rules.table_open = (tokens, index, options, _, self) => {
    tokens[index].attrSet('tabindex', '0')
    return self.renderToken(tokens, index, options)
  }
}
