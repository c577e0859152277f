import { defineMessages } from '../words/language.ts'

export const keepingMessages = defineMessages(
  {
    refused:
      'This browser does not let the page keep anything. Everything works, but a reload starts afresh: take home what you want to keep before you leave.',
    full: 'The browser has no room left to keep this. Everything works, but a reload loses the latest changes: export them before you leave, or free some space.',
    again: 'Try to keep it again',
  },
  {
    refused: '浏览器不允许本页保存数据。功能照常，但刷新后会从头开始：离开前请先导出需要的内容。',
    full: '浏览器的存储空间已满，无法保存。功能照常，但刷新后会丢失最新的内容：离开前请先导出，或者腾出一些空间。',
    again: '再试着保存',
  },
)
