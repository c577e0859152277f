import type { ViewName } from '../views/views.ts'
import { defineMessages } from '../words/language.ts'

const en: Record<ViewName, string> = {
  slide:
    'A window slides over numbers: kernel, padding, stride, dilation, groups, transposed. Every number can be changed.',
  filters:
    'Your picture, a drawn one or the camera through named kernels or your own: before and after, pixel by pixel.',
  shapes: 'Layers in a stack, or your own model: sizes, cost, and the pixels of a picture that each output sees.',
  train:
    'A small network learns digits, your drawings or your pictures: loss, filters, mistakes, and what a larger one gains.',
  inside:
    'A picture inside a trained network: from all layers to one map, one window and the numbers that made one pixel.',
  segment:
    'A U-Net learns a class for every pixel: masks come into focus, with skip connections and without; paint your own test.',
  text: 'A sentence goes through a network that learns praise from blame: which words each filter picks, and what they add.',
}

const zh: Record<ViewName, string> = {
  slide: '窗口在数字上滑动：卷积核、填充、步幅、空洞、分组、转置。每个数都可以改。',
  filters: '让你的照片、示例图或摄像头画面经过现成的或自己画的卷积核：前后对比，看清每个像素。',
  shapes: '把层叠起来，或放入自己的模型：看大小、花费，以及每个输出看到图片的哪些像素。',
  train: '小网络学习数字、你的画或你的图片：看损失、滤波器和错误，看规模换来什么。',
  inside: '走进训练好的网络：从所有层到一张特征图、一个窗口，再到算出一个像素的那些数。',
  segment: 'U-Net 学着给每个像素分类：看掩膜渐渐清晰，比较有无跳跃连接，再画一张图考考它。',
  text: '网络学着分辨夸与贬：看一句话中每个滤波器选中哪些词，各贡献多少。',
}

/** What each view is for. */
export const aboutViews = defineMessages(en, zh)
