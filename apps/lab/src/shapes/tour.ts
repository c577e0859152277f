// What the tour of the view says, and what it shows while it says so.

import type { TourStep } from '../ui/tour.tsx'
import { defineMessages } from '../words/language.ts'
import type { ShapesModel } from './model.ts'
import { type PresetName, presets } from './presets.ts'
import { firstShapes, readNetwork, type ShapesState } from './state.ts'

interface Words {
  readonly title: string
  readonly text: string
}

type StepName = 'sees' | 'deeper' | 'dilation' | 'cost' | 'misfit'

const messages = defineMessages<Record<StepName, Words>>(
  {
    sees: {
      title: 'One output sees a part of the picture',
      text: 'A 3 × 3 convolution looks at nine pixels for each output. The frame shows them on the picture; nothing outside it can change this output. Click another output to move it.',
    },
    deeper: {
      title: 'Deeper layers see more',
      text: 'Each convolution adds a rim, and each pooling doubles the step from one output to the next. Yet the middle counts most: many paths lead from there to the output, few from the rim. That is the effective field.',
    },
    dilation: {
      title: 'Dilation sees further at the same cost',
      text: 'Four convolutions with dilations of 1, 2, 4 and 8 see 31 × 31 pixels without any pooling. Without dilation the same weights would see 9 × 9.',
    },
    cost: {
      title: 'Where the weights are, and where the work is',
      text: 'In VGG-16 the first linear layer holds 103 of 138 million parameters, while nearly all multiplications happen in the convolutions, whose few weights are used at every position.',
    },
    misfit: {
      title: 'When a layer does not fit',
      text: 'A linear layer needs a row of numbers but gets a map. The view says why, and offers the nearest changes with which it fits.',
    },
  },
  {
    sees: {
      title: '一个输出只看到图片的一部分',
      text: '3 × 3 的卷积为每个输出查看九个像素。方框在图片上标出它们；方框之外的像素改变不了这个输出。点击别的输出，方框会跟着移动。',
    },
    deeper: {
      title: '越深的层看得越多',
      text: '每个卷积往外多看一圈，每次池化让相邻输出之间的步长加倍。但中间最重要：从中间通向输出的路径很多，从边缘通向输出的很少。这就是有效感受野。',
    },
    dilation: {
      title: '空洞卷积：代价不变，看得更远',
      text: '空洞率为 1、2、4、8 的四个卷积不用池化就能看到 31 × 31 个像素。没有空洞时，同样的权重只能看到 9 × 9。',
    },
    cost: {
      title: '权重在哪里，计算在哪里',
      text: 'VGG-16 的 1.38 亿个参数中，第一个全连接层就占了 1.03 亿；而几乎所有乘法都发生在卷积里，它们为数不多的权重在每个位置都要用一遍。',
    },
    misfit: {
      title: '当一层接不上',
      text: '全连接层要的是一串数，得到的却是一张图。页面会说明原因，并给出能接上的最小改动。',
    },
  },
)

export function shapesTour(model: ShapesModel): TourStep[] {
  const words = messages()
  const show =
    (name: PresetName | string, change: Partial<ShapesState> = {}) =>
    () => {
      const network = readNetwork(presets[name as PresetName] ?? name)!
      model.dropped.value = undefined
      model.state.value = {
        ...{ ...model.state.peek(), place: firstShapes.place, channel: 0, network },
        ...change,
      }
    }
  return [
    { ...words.sees, show: show('small', { layer: 0 }) },
    { ...words.deeper, show: show('small', { layer: 13 }) },
    { ...words.dilation, show: show('dilated', { layer: 6 }) },
    { ...words.cost, show: show('vgg16', { layer: 4 }) },
    { ...words.misfit, show: show('28x28x1: conv 8 5x5, relu, maxpool 2, linear 10', { layer: 3 }) },
  ]
}
