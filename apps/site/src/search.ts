// Search within the page: an index a language, loaded when somebody searches.

import type { DefaultTheme, MarkdownEnv } from 'vitepress'

/**
 * Words of any language: Chinese has no spaces between them. The browser runs a copy of this function, so it names nothing outside of it.
 */
function wordsOf(text: string): string[] {
  const segmenter = new Intl.Segmenter('zh', { granularity: 'word' })
  return Array.from(segmenter.segment(text)).flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : []))
}

/** Of a page of the reference, what it is and says: the tables of all options would be most of the index. */
const shortened = (text: string, { relativePath }: MarkdownEnv): string =>
  relativePath.startsWith('reference/') ? text.split('\n## ', 1)[0] : text

export const search = (): NonNullable<DefaultTheme.Config['search']> => ({
  provider: 'local',
  options: {
    miniSearch: { options: { tokenize: wordsOf } },
    _render: (text, env, markdown) => markdown.render(shortened(text, env), env),
    locales: {
      zh: {
        translations: {
          button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
          modal: {
            displayDetails: '显示详情',
            resetButtonTitle: '清除',
            backButtonTitle: '关闭',
            noResultsText: '没有找到',
            footer: {
              selectText: '选择',
              selectKeyAriaLabel: '回车',
              navigateText: '切换',
              navigateUpKeyAriaLabel: '向上',
              navigateDownKeyAriaLabel: '向下',
              closeText: '关闭',
              closeKeyAriaLabel: 'Esc',
            },
          },
        },
      },
    },
  },
})
