// What the tour of the view says, and what it shows while it says so.

import type { TourStep } from '../ui/tour.tsx'
import { defineMessages } from '../words/language.ts'
import type { Trainer } from './model.ts'

interface Words {
  readonly title: string
  readonly text: string
}

type StepName = 'guess' | 'step' | 'run' | 'mistakes' | 'home'

const messages = defineMessages<Record<StepName, Words>>(
  {
    guess: {
      title: 'It begins by guessing',
      text: 'The filters are random numbers, so each of ten digits is read right about one time in ten. The confusion matrix shows which digits are read as which.',
    },
    step: {
      title: 'One step',
      text: 'The network reads one batch of pictures. The loss says how wrong it was; the gradient of the loss says, for every weight, which way is better. Each weight moves a little that way.',
    },
    run: {
      title: 'Many steps',
      text: 'The loss falls and the accuracy on pictures that were held out rises. Watch the filters: they turn from noise into detectors of strokes and edges. Nobody drew them; the gradient did.',
    },
    mistakes: {
      title: 'Look at the mistakes',
      text: 'Accuracy alone says little. Choose a cell of the matrix: its pictures show what the network confuses, and often you would hesitate too. Draw a digit yourself under "Try it".',
    },
    home: {
      title: 'What is it worth?',
      text: 'Compare networks: larger kernels and more of them cost multiply-adds, and are not always better. Then export yours, as ONNX, as a run for the command, or as a program that trains it again.',
    },
  },
  {
    guess: {
      title: '一开始全靠猜',
      text: '滤波器是随机数，十个数字大约十次里读对一次。“混淆矩阵”列出什么被读成了什么。',
    },
    step: {
      title: '走一步',
      text: '网络读一批图片。损失说明错得多厉害；损失的梯度告诉每个权重，往哪边走会更好。每个权重都朝那边挪一点。',
    },
    run: {
      title: '走很多步',
      text: '损失下降，在留作检验的图片上准确率上升。看看滤波器：它们从噪声变成笔画和边缘的探测器。没有人画过它们，是梯度画的。',
    },
    mistakes: {
      title: '看看错在哪里',
      text: '光看准确率还不够。选表中的一格：里面的图片说明网络把什么当成了什么，有些连你也会犹豫。再到“试一试”里自己画一个数字。',
    },
    home: {
      title: '值不值',
      text: '比较几个网络：更大、更多的卷积核要花更多乘加，却不一定换来更好的结果。然后导出你的网络：ONNX、供命令使用的训练文件夹，或者能把它重新训练出来的程序。',
    },
  },
)

export function trainTour(trainer: Trainer): TourStep[] {
  const words = messages()
  return [
    { ...words.guess, show: () => trainer.want('pause') },
    { ...words.step, show: () => trainer.want('step') },
    { ...words.run, show: () => trainer.want('run') },
    { ...words.mistakes, show: () => trainer.want('pause') },
    words.home,
  ]
}
