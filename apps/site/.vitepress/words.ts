// The words of the frame around the pages.

import type { DefaultTheme } from 'vitepress'

export const words: Readonly<Record<'en' | 'zh', DefaultTheme.Config>> = {
  en: {
    nav: [
      { text: 'Guides', link: '/introduction', activeMatch: '^/(introduction|guides/)' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      { text: 'Performance', link: '/performance' },
      { text: 'Decisions', link: '/decisions/', activeMatch: '^/decisions/' },
    ],
    outline: { level: [2, 3], label: 'On this page' },
    skipToContentLabel: 'Skip to content',
  },
  zh: {
    nav: [
      { text: '指南', link: '/zh/introduction', activeMatch: '^/zh/(introduction|guides/)' },
      { text: 'API 参考', link: '/reference/' },
      { text: '性能', link: '/performance' },
      { text: '设计决策', link: '/decisions/' },
    ],
    outline: { level: [2, 3], label: '本页目录' },
    docFooter: { prev: '上一页', next: '下一页' },
    darkModeSwitchLabel: '外观',
    lightModeSwitchTitle: '切换到浅色',
    darkModeSwitchTitle: '切换到深色',
    sidebarMenuLabel: '目录',
    returnToTopLabel: '回到顶部',
    langMenuLabel: '切换语言',
    skipToContentLabel: '跳到正文',
    notFound: {
      title: '没有这一页',
      quote: '这个地址下没有内容。',
      linkLabel: '回到首页',
      linkText: '回到首页',
    },
  },
}
