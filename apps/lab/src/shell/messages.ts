import { defineMessages } from '../words/language.ts'

export const shellMessages = defineMessages(
  {
    lab: 'Convoke lab',
    title: (view: string) => `${view} · Convoke lab`,
    toContent: 'Skip to the content',
    views: 'Views',
    language: 'Language',
    toDark: 'Dark colours',
    toLight: 'Light colours',
  },
  {
    lab: 'Convoke 实验室',
    title: (view) => `${view} · Convoke 实验室`,
    toContent: '跳到正文',
    views: '页面',
    language: '语言',
    toDark: '深色',
    toLight: '浅色',
  },
)
