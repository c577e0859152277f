// What the tour of the view says, and what it shows while it says so.

import { effect } from '@preact/signals'
import type { TourStep } from '../ui/tour.tsx'
import { defineMessages } from '../words/language.ts'
import type { Segmenter } from './model.ts'

interface Words {
  readonly title: string
  readonly text: string
}

type StepName = 'pixels' | 'learn' | 'measure' | 'skips' | 'test'

const messages = defineMessages<Record<StepName, Words>>(
  {
    pixels: {
      title: 'A class for every pixel',
      text: 'A classifier says what is in a picture; here every pixel gets an answer. The network gives four scores for each, and the highest wins. Untrained, it guesses.',
    },
    learn: {
      title: 'The mask comes into focus',
      text: 'After every batch each weight moves a little so that the loss falls. Watch the masks: first all is ground, then blobs appear, then their kind, and last their edges.',
    },
    measure: {
      title: 'Pixel accuracy is not enough',
      text: 'Most pixels are ground, so "all ground" already gets most of them right. IoU divides, for each class, the pixels both predicted and true by those predicted or true: 100% is a perfect mask.',
    },
    skips: {
      title: 'Cut the skips',
      text: 'Now two networks learn side by side, from the same seed and pictures. Without skip connections the exact place of an edge is lost where the picture is halved: compare "Accuracy at edges" and the pictures of wrong pixels.',
    },
    test: {
      title: 'Test it yourself',
      text: 'Paint a picture, and the mask updates. Try a shape larger than any it has seen, or a ring drawn with the pen. Then export the network, or train it again with the program.',
    },
  },
  {
    pixels: {
      title: '每个像素一个类别',
      text: '分类网络说出图里有什么；这里每个像素都得到一个答案。网络为每个像素给出四个得分，最高的获胜。没训练过的网络只能瞎猜。',
    },
    learn: {
      title: '掩膜渐渐清晰',
      text: '每一批之后，每个权重都挪动一点，让损失下降。看看掩膜：起初全是背景，然后出现色块，接着分清种类，最后边缘才清楚。',
    },
    measure: {
      title: '像素正确率还不够',
      text: '大多数像素是背景，所以“全是背景”就已经对了大半。IoU（交并比）对每个类别，用预测与实际都属于该类的像素，除以预测或实际属于该类的像素：100% 才是完美的掩膜。',
    },
    skips: {
      title: '切断跳跃连接',
      text: '现在两个网络用同样的种子和图片并排学习。没有跳跃连接，图片减半时边缘的确切位置就丢了：比较“边缘像素正确率”和标出错误的图片。',
    },
    test: {
      title: '自己来考考它',
      text: '画一张图，掩膜随之更新。试试比它见过的都大的形状，或者用画笔画一个圆环。然后导出网络，或者用程序重新训练它。',
    },
  },
)

export function segmentTour(model: Segmenter): TourStep[] {
  const words = messages()
  /** Opens a run of both networks, and starts it as soon as it is there, unless something else was chosen meanwhile. */
  const compare = (): void => {
    model.settings.value = { ...model.settings.peek(), skips: 'both' }
    const stop = effect(() => {
      const left = model.settings.value.skips !== 'both'
      const ready = model.status.value === 'ready' && model.opened.value?.networks.length === 2
      if (!left && !ready) return
      queueMicrotask(() => {
        stop()
        if (ready && !left) model.want('run')
      })
    })
  }
  return [
    { ...words.pixels, show: () => model.want('pause') },
    { ...words.learn, show: () => model.want('run') },
    words.measure,
    { ...words.skips, show: compare },
    words.test,
  ]
}
