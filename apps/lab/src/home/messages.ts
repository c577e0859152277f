import { defineMessages } from '../words/language.ts'

export const homeMessages = defineMessages(
  {
    lead: 'Convolution, to watch and to try',
    intro:
      'Change a number and see what becomes of it. Everything is computed here, in this page, by the library that trains networks; nothing is sent anywhere.',
    open: (view: string) => `Open ${view}`,
    noView: (name: string) => `There is no view "${name}" in this lab. Here is the first page instead.`,
  },
  {
    lead: '看得见、动得了的卷积',
    intro: '改动一个数，看看会发生什么。所有计算都在本页内完成，用的正是训练网络的那个库；不会向任何地方发送数据。',
    open: (view) => `打开“${view}”`,
    noView: (name) => `实验室里没有名为“${name}”的页面，已回到首页。`,
  },
)
