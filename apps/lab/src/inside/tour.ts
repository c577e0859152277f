// What the tour of the view says, and what it shows while it says so.

import type { TourStep } from '../ui/tour.tsx'
import { defineMessages } from '../words/language.ts'
import type { InsideModel } from './model.ts'
import { firstInside, type InsideState } from './state.ts'

interface Words {
  readonly title: string
  readonly text: string
}

type StepName = 'layers' | 'window' | 'deeper' | 'likes' | 'why'

const messages = defineMessages<Record<StepName, Words>>(
  {
    layers: {
      title: 'From pixels to a verdict',
      text: 'The picture goes in on the left. Every column is a layer, every square a map: one filter’s answer at every place. Maps get smaller and more of them say “this part is here”; the last layer turns them into probabilities.',
    },
    window: {
      title: 'One number, and where it comes from',
      text: 'This number of a first map comes from a 5 × 5 window on the picture: 25 numbers times 25 weights, added up, plus the bias. Move over the map: the same weights are used at every place.',
    },
    deeper: {
      title: 'Deeper layers compute the same sum',
      text: 'A filter of the second convolution has a window on each map before it. The products of all windows join in one sum. So it can look for an arrangement of what the first layer found.',
    },
    likes: {
      title: 'What a map looks for',
      text: 'Two ways to find out: which parts of pictures give the strongest response (Zeiler & Fergus 2014), and which picture results from noise if every step makes the response stronger (activation maximisation, Erhan et al. 2009).',
    },
    why: {
      title: 'Where it saw the class',
      text: 'Grad-CAM (Selvaraju et al. 2017) weighs the maps of a layer by how much the score grows with them. Occlusion (Zeiler & Fergus 2014) covers one place after the other and measures how the probability falls. They are two different methods; where they agree, you can trust them more.',
    },
  },
  {
    layers: {
      title: '从像素到判断',
      text: '图片从左边进入。每一列是一层，每个方格是一张特征图：一个滤波器在每个位置的回应。图越来越小，说的却越来越多是“这个部件在这里”；最后一层把它们变成概率。',
    },
    window: {
      title: '一个数，和造就它的一切',
      text: '第一层特征图里的这个数来自图片上 5 × 5 的窗口：25 个数乘以 25 个权重，相加，再加偏置。在图上移动看看：每个位置用的都是同一组权重。',
    },
    deeper: {
      title: '越往深处，仍是同样的求和',
      text: '第二个卷积的滤波器在前一层的每张图上都有一个窗口，所有窗口的乘积汇成一个和。因此它能寻找第一层所见之物的某种排列。',
    },
    likes: {
      title: '一张图在找什么',
      text: '有两种问法：它对图片的哪些部分回应最强（Zeiler 与 Fergus，2014）；如果每一步都让它的回应更强，噪声会长成什么样的图片（激活最大化，Erhan 等，2009）。',
    },
    why: {
      title: '它在哪里看到这一类',
      text: 'Grad-CAM（Selvaraju 等，2017）按得分随各图增长的多少来加权一层的特征图。遮挡法（Zeiler 与 Fergus，2014）依次遮住每一处，看概率下降多少。两者问法不同；结论一致时更可信。',
    },
  },
)

export function insideTour(model: InsideModel): TourStep[] {
  const words = messages()
  const show = (change: Partial<InsideState>, part: string) => () => {
    model.set({ place: firstInside.place, ...change })
    document.getElementById(part)?.scrollIntoView({ block: 'nearest' })
  }
  /** The first convolution, and the second: of whichever network is open. */
  const convolution = (count: number): number => {
    const layers = model.network.peek()?.layers ?? []
    const all = layers.flatMap(({ operator }, at) => (operator === 'Conv' ? [at] : []))
    return all[Math.min(count, all.length - 1)] ?? 0
  }
  return [
    { ...words.layers, show: show({ layer: 0, channel: 0 }, 'overview') },
    { ...words.window, show: show({ layer: convolution(0), channel: 0 }, 'one-map') },
    { ...words.deeper, show: show({ layer: convolution(1), channel: 0 }, 'one-map') },
    { ...words.likes, show: show({ layer: convolution(1), channel: 2 }, 'channel') },
    { ...words.why, show: show({}, 'why') },
  ]
}
