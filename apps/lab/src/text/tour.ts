// What the tour of the view says, and what it shows while it says so.

import type { TourStep } from '../ui/tour.tsx'
import { defineMessages } from '../words/language.ts'
import type { TextModel } from './model.ts'
import { examples, firstText } from './state.ts'

interface Words {
  readonly title: string
  readonly text: string
}

type StepName = 'vectors' | 'windows' | 'max' | 'learn' | 'single'

const messages = defineMessages<Record<StepName, Words>>(
  {
    vectors: {
      title: 'Every word is a row of numbers',
      text: 'Each word of the vocabulary has a vector of 8 numbers, orange above 0 and blue below. They begin at random; training moves words with a similar effect towards each other.',
    },
    windows: {
      title: 'A filter looks at some words at once',
      text: 'A filter over 2 words has 2 × 8 weights. It slides down the sentence; at each place it multiplies, adds up and keeps what is above 0, just as on a picture, only along one axis.',
    },
    max: {
      title: 'Only its strongest response counts',
      text: 'Of all n-grams, each filter passes on the largest value: the outlined square. Where in the sentence it was no longer matters. Times the classifier’s weight it pulls towards praise or blame; the bars add up to the logit.',
    },
    learn: {
      title: 'Before training there is no meaning',
      text: 'These are the initial weights: the answer is random. Press “Train” and watch the loss fall and the filters find “not bad”, “so dull” and the like.',
    },
    single: {
      title: 'One word is not enough',
      text: 'With a window of 1 word only, “not” and “bad” are seen separately. Each is judged by itself, and every second negation is misread: the accuracy stays far below 100%. Choose windows of 2 or 3 words and compare.',
    },
  },
  {
    vectors: {
      title: '每个词是一行数',
      text: '词表里的每个词都有一个由 8 个数组成的向量，橙色大于 0，蓝色小于 0。起初是随机的；训练让作用相近的词彼此靠近。',
    },
    windows: {
      title: '滤波器一次看几个词',
      text: '覆盖 2 个词的滤波器有 2 × 8 个权重。它沿句子向下滑动，在每个位置相乘、相加，保留大于 0 的部分：与处理图片相同，只是沿一个方向。',
    },
    max: {
      title: '只有最强的回应算数',
      text: '在所有 n 元词组中，每个滤波器只传出最大的值，也就是带框的方格；它出现在句子的哪个位置不再重要。乘以分类器的权重后，它把结果拉向正面或负面；所有条形相加就是 logit。',
    },
    learn: {
      title: '训练之前没有意义',
      text: '这是最初的权重：答案全凭运气。按“开始训练”，看损失下降，看滤波器找到“不难看”“非常乏味”这样的词组。',
    },
    single: {
      title: '一个词不够',
      text: '只用 1 个词的窗口，“不”和“难看”是分开看的，各自判断，许多否定句会被读错：准确率远远到不了 100%。换成 2 个或 3 个词的窗口再比较。',
    },
  },
)

export function textTour(model: TextModel): TourStep[] {
  const words = messages()
  const show = (change: { readonly windows?: readonly number[]; readonly steps?: number }) => () => {
    model.running.value = false
    const { language } = model.state.peek()
    model.set({ ...firstText(language), sentence: examples[language][0], ...change })
  }
  return [
    { ...words.vectors, show: show({}) },
    { ...words.windows, show: show({}) },
    { ...words.max, show: show({}) },
    { ...words.learn, show: show({ steps: 0 }) },
    { ...words.single, show: show({ windows: [1] }) },
  ]
}
