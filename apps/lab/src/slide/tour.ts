// What the tour of the view says, and what it shows while it says so.

import type { TourStep } from '../ui/tour.tsx'
import { defineMessages } from '../words/language.ts'
import { change, goTo, type SlideModel } from './model.ts'
import { firstState, reshape, type SlideState } from './state.ts'

interface Words {
  readonly title: string
  readonly text: string
}

type StepName = 'window' | 'next' | 'size' | 'stride' | 'channels'

const messages = defineMessages<Record<StepName, Words>>(
  {
    window: {
      title: 'One window, one number',
      text: 'The frame covers as many inputs as the kernel has numbers. Each input is multiplied with the kernel’s number on it; the four products add up to one output.',
    },
    next: {
      title: 'The same kernel everywhere',
      text: 'The window moves on by one column and the same four numbers are used again. That is why a convolution has so few weights, and finds a pattern wherever it lies.',
    },
    size: {
      title: 'Why the output is smaller, and what padding does',
      text: 'A 2 × 2 window fits into 5 columns in 4 places. With a 3 × 3 kernel and one row of zeros around, every input has a window of its own: the size is kept.',
    },
    stride: {
      title: 'Stride and dilation',
      text: 'A stride of 2 skips every other window: a quarter of the outputs. A dilation of 2 spreads the same nine weights over 5 × 5 inputs: it sees further at the same cost.',
    },
    channels: {
      title: 'Channels',
      text: 'Each output channel has a kernel for every input channel, and adds up the products of all of them. A layer of a network does exactly this, with many channels and learnt numbers.',
    },
  },
  {
    window: {
      title: '一个窗口，一个数',
      text: '方框覆盖的输入与卷积核的数一样多。每个输入与盖在它上面的数相乘，四个乘积相加，得到一个输出。',
    },
    next: {
      title: '处处用同一个卷积核',
      text: '窗口右移一列，还是用这四个数。所以卷积的权重很少，而且图案无论在哪里都能被找到。',
    },
    size: {
      title: '输出为什么变小，填充做了什么',
      text: '2 × 2 的窗口在 5 列中有 4 个位置。若用 3 × 3 的核并在四周补一圈零，每个输入都有自己的窗口，大小就不变。',
    },
    stride: {
      title: '步幅与空洞',
      text: '步幅为 2 时隔一个取一个窗口，输出只有四分之一。空洞率为 2 时，同样九个权重分布在 5 × 5 的输入上：看得更远，代价不变。',
    },
    channels: {
      title: '通道',
      text: '每个输出通道对每个输入通道各有一个核，并把所有乘积相加。网络里的一层就是这样，只是通道很多，数值由学习得来。',
    },
  },
)

const padded: SlideState = {
  ...reshape(firstState, { kernel: [3, 3] }),
  padding: [
    [1, 1],
    [1, 1],
  ],
}
const strided: SlideState = {
  ...reshape(firstState, { size: [7, 7], kernel: [3, 3] }),
  dilation: [2, 2],
  stride: [2, 2],
}
const channels: SlideState = { ...reshape(padded, { inputChannels: 2, outputChannels: 2 }), place: 6 }

export function slideTour(model: SlideModel): TourStep[] {
  const words = messages()
  const show =
    (state: SlideState, place = state.place) =>
    () => {
      model.playing.value = false
      change(model, state)
      goTo(model, place, true)
    }
  return [
    { ...words.window, show: show(firstState) },
    { ...words.next, show: show(firstState, 1) },
    { ...words.size, show: show(padded) },
    { ...words.stride, show: show(strided) },
    { ...words.channels, show: show(channels) },
  ]
}
