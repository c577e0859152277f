import { defineMessages } from '../words/language.ts'
import type { QuestionId } from './questions.ts'

interface QuestionWords {
  readonly ask: string
  readonly why: string
}

const en: Record<QuestionId, QuestionWords> = {
  same: {
    ask: 'A 3 × 3 kernel slides over a 5 × 5 input. How much padding on each side keeps the size?',
    why: 'A kernel of 3 loses one row at each end. One row of padding at each end makes up for it: 5 + 1 + 1 − 3 + 1 = 5.',
  },
  stride: {
    ask: 'A 7 × 7 input, a 3 × 3 kernel, stride 2, no padding. How many rows has the output?',
    why: 'Windows begin at rows 0, 2 and 4; the next would begin at 6 and end outside: ⌊(7 − 3) / 2⌋ + 1 = 3.',
  },
  dilation: {
    ask: 'How many rows does a 3 × 3 kernel span at dilation 2?',
    why: 'There is a gap of one row between neighbours: 2·(3 − 1) + 1 = 5. It still has nine weights.',
  },
  feeds: {
    ask: 'A 3 × 3 kernel with padding 1. How many outputs does the middle of a 5 × 5 input feed?',
    why: 'The middle lies in every window whose own middle is at most one away: 3 × 3 of them. In training, all nine send their gradients back to it.',
  },
  flip: {
    ask: 'The kernel −1 1 on the input 1 2 3 4 5 gives 1 everywhere. What does it give when the textbook flips it first?',
    why: 'Flipped it is 1 −1: every window gives the left number minus the right one, −1. Networks never flip; they would learn the flipped kernel instead.',
  },
  groups: {
    ask: '4 channels in, 4 out, a 3 × 3 kernel, 2 groups. How many weights?',
    why: 'In groups each output sees only 4 / 2 = 2 inputs: 3·3·2·4 = 72, half of the 144 without groups.',
  },
  transposed: {
    ask: 'A 3 × 3 input, a transposed convolution with a 2 × 2 kernel and stride 2. How many rows has the output?',
    why: 'Every input adds a 2 × 2 patch, two apart: (3 − 1)·2 + 2 = 6. It enlarges what a convolution of the same stride makes smaller.',
  },
}

const zh: Record<QuestionId, QuestionWords> = {
  same: {
    ask: '3 × 3 的卷积核在 5 × 5 的输入上滑动。每边填充多少才能保持大小不变？',
    why: '大小为 3 的卷积核会让两端各少一行；两端各填充一行正好补上：5 + 1 + 1 − 3 + 1 = 5。',
  },
  stride: {
    ask: '输入 7 × 7，卷积核 3 × 3，步幅 2，不填充。输出有几行？',
    why: '窗口从第 0、2、4 行开始；再下一个从第 6 行开始，会超出边界：⌊(7 − 3) / 2⌋ + 1 = 3。',
  },
  dilation: {
    ask: '空洞率为 2 时，3 × 3 的卷积核跨几行？',
    why: '相邻两行之间隔一行：2·(3 − 1) + 1 = 5。权重仍然是九个。',
  },
  feeds: {
    ask: '3 × 3 的卷积核，填充 1。5 × 5 输入正中的数会影响几个输出？',
    why: '凡是中心离它不超过一格的窗口都覆盖它，共 3 × 3 个。训练时，这九个输出都会把梯度传回给它。',
  },
  flip: {
    ask: '卷积核 −1 1 作用在 1 2 3 4 5 上，处处得 1。如果按教科书先翻转，会得到什么？',
    why: '翻转后是 1 −1：每个窗口都用左边的数减右边的数，得 −1。神经网络从不翻转，需要的话它会直接学到翻转后的核。',
  },
  groups: {
    ask: '输入 4 个通道，输出 4 个通道，3 × 3 的卷积核，分 2 组。共有多少个权重？',
    why: '分组后每个输出只看 4 / 2 = 2 个输入通道：3·3·2·4 = 72，是不分组时 144 的一半。',
  },
  transposed: {
    ask: '输入 3 × 3，转置卷积，卷积核 2 × 2，步幅 2。输出有几行？',
    why: '每个输入盖下一块 2 × 2，彼此相隔两格：(3 − 1)·2 + 2 = 6。同样步幅的卷积把图缩小多少，它就放大多少。',
  },
}

export const questionMessages = defineMessages(
  {
    title: 'Do you see it?',
    lead: 'Answer, then look: each question can be set up above.',
    right: 'Right.',
    wrong: 'Not quite.',
    show: 'Show me',
    questions: en,
  },
  {
    title: '看懂了吗？',
    lead: '先回答，再看看：每个问题都可以在上面演示。',
    right: '正确。',
    wrong: '不太对。',
    show: '演示一下',
    questions: zh,
  },
)
