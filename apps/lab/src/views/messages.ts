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
  filters: {
    name: 'Filters',
    what: 'Your picture, a drawn one or the camera through named kernels or your own: before and after, pixel by pixel.',
  },
  text: {
    name: 'Text',
    what: 'A sentence goes through a network that learns praise from blame: which words each filter picks, and what they add.',
  },
}

const zh: Record<ViewName, ViewWords> = {
  slide: { name: '滑动', what: '窗口在数字上滑动：卷积核、填充、步幅、空洞、分组、转置。每个数都可以改。' },
  filters: { name: '滤镜', what: '让你的照片、示例图或摄像头画面经过现成的或自己画的卷积核：前后对比，看清每个像素。' },
  text: { name: '文本', what: '网络学着分辨夸与贬：看一句话中每个滤波器选中哪些词，各贡献多少。' },
}

/** What each view is called, and what it is for. */
export const viewMessages = defineMessages(en, zh)
