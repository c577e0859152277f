import { defineMessages } from '../words/language.ts'
import type { ViewName } from './views.ts'

const en: Record<ViewName, string> = {
  slide: 'Slide',
  filters: 'Filters',
  shapes: 'Shapes',
  train: 'Train',
  inside: 'Inside',
  text: 'Text',
  segment: 'Segment',
}

const zh: Record<ViewName, string> = {
  slide: '滑动',
  filters: '滤镜',
  shapes: '形状',
  train: '训练',
  inside: '内部',
  text: '文本',
  segment: '分割',
}

/** What each view is called. */
export const viewNamesIn = defineMessages(en, zh)
