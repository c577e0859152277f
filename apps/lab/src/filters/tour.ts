// What the tour of the view says, and what it shows while it says so.

import type { TourStep } from '../ui/tour.tsx'
import { defineMessages } from '../words/language.ts'
import type { FiltersModel } from './model.ts'
import { type FiltersState, firstFilters } from './state.ts'

interface Words {
  readonly title: string
  readonly text: string
}

type StepName = 'pixel' | 'blur' | 'edge' | 'chain' | 'own'

const messages = defineMessages<Record<StepName, Words>>(
  {
    pixel: {
      title: 'Every pixel is a sum of its neighbours',
      text: 'The circle marks one pixel. Below the picture you see its window, the kernel and their products; their sum is the new pixel. The same happens at every pixel.',
    },
    blur: {
      title: 'Numbers that add up to 1: a blur',
      text: 'A Gaussian takes a weighted mean of the neighbourhood. Flat areas keep their brightness; edges become soft, and fine texture disappears.',
    },
    edge: {
      title: 'Numbers that add up to 0: edges',
      text: 'The Laplacian gives 0 where nothing changes, which is shown as middle grey. Only changes are left.',
    },
    chain: {
      title: 'One after the other',
      text: 'A blur first, then the Laplacian: noise is smoothed, so that it does not look like an edge. Two filters in a row equal one filter, the convolution of both kernels.',
    },
    own: {
      title: 'Your own kernel',
      text: 'Paint one. A network does the same, but learns its numbers: training turns the knobs that you are turning now.',
    },
  },
  {
    pixel: {
      title: '每个像素都是邻居的加权和',
      text: '圆圈标出一个像素。图片下方是它的窗口、卷积核和乘积；乘积之和就是新的像素。每个像素都这样计算。',
    },
    blur: {
      title: '总和为 1：模糊',
      text: '高斯核对周围取加权平均。平坦的区域亮度不变；边缘变得柔和，细小的纹理消失。',
    },
    edge: {
      title: '总和为 0：边缘',
      text: '在没有变化的地方，拉普拉斯得 0，显示为中灰。剩下的就是变化。',
    },
    chain: {
      title: '一个接一个',
      text: '先模糊，再做拉普拉斯：噪声先被抹平，不会被当成边缘。两个滤镜接连使用仍等于一个滤镜，它的核是两个核的卷积。',
    },
    own: {
      title: '自己的卷积核',
      text: '自己画一个。网络做的是同一件事，只是数值由学习得来：训练所转动的，正是你手里的这些旋钮。',
    },
  },
)

export function filtersTour(model: FiltersModel): TourStep[] {
  const words = messages()
  const show = (change: Partial<FiltersState>) => () => {
    model.state.value = { ...model.state.peek(), ...firstFilters, sample: model.state.peek().sample, ...change }
  }
  return [
    { ...words.pixel, show: show({}) },
    { ...words.blur, show: show({ chain: ['gaussian:2'] }) },
    { ...words.edge, show: show({ chain: ['laplacian'] }) },
    { ...words.chain, show: show({ chain: ['gaussian:2', 'laplacian'] }) },
    { ...words.own, show: show({ chain: ['own'], own: model.state.peek().own }) },
  ]
}
