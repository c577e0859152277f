import { defineMessages } from '../words/language.ts'
import type { ViewName } from './views.ts'

interface ViewWords {
  readonly name: string
  readonly what: string
}

const en: Record<ViewName, ViewWords> = {
  slide: {
    name: 'Slide',
    what: 'A window slides over numbers: kernel, padding, stride, dilation, groups, transposed. Every number can be changed.',
  },
}

const zh: Record<ViewName, ViewWords> = {
  slide: { name: '滑动', what: '窗口在数字上滑动：卷积核、填充、步幅、空洞、分组、转置。每个数都可以改。' },
}

/** What each view is called, and what it is for. */
export const viewMessages = defineMessages(en, zh)
