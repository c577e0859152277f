import { defineMessages } from '../words/language.ts'

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

/** What is said of every run, whatever it learns. */
export const runMessages = defineMessages(
  {
    refused: (message: string) => `Training stopped: ${message}`,
    recovered: (step: number) =>
      `The part of the page that computes was restarted. The run is at step ${step}; continue when you like.`,
    elsewhere:
      'This run is open in another tab as well, and that tab saves it. You can continue here, but after a reload you get the other tab’s run.',
    keepHere: 'Save this one instead',
    start: 'Start',
    goOn: 'Go on',
    pause: 'Pause',
    step: 'One step',
    reset: 'Start over',
    resetDone: 'The run was started over.',
    phases: { paused: 'Paused', running: 'Training', finished: 'Paused: all epochs done', failed: 'Stopped' },
    untrained: 'Not trained yet',
    place: (epoch: number, batch: number, batches: number) => `epoch ${epoch}, batch ${batch} of ${batches}`,
    speed: (steps: string) => `${steps} steps per second`,
    takeTitle: 'Export',
    takeFirst: 'Take a training step first: exporting an untrained network is of no use.',
    saveRun: 'Run folder (ZIP)',
    saveOnnx: 'ONNX',
    saveWeights: 'safetensors',
    takeFailed: (message: string) => `The file could not be made: ${message}`,
    ran: (backend: string, threads: number) => `${backend}, ${counted(threads, 'thread')}`,
  },
  {
    refused: (message) => `训练已停止：${message}`,
    recovered: (step) => `页面中负责计算的部分已重新启动。训练停在第 ${step} 步，随时可以继续。`,
    elsewhere: '同一个训练也在另一个标签页里打开，由那边保存。这里可以继续，但刷新后会回到那边的进度。',
    keepHere: '改为保存这里的',
    start: '开始',
    goOn: '继续',
    pause: '暂停',
    step: '走一步',
    reset: '重新开始',
    resetDone: '已重新开始。',
    phases: { paused: '已暂停', running: '训练中', finished: '已暂停：各轮均已完成', failed: '已停止' },
    untrained: '尚未训练',
    place: (epoch, batch, batches) => `第 ${epoch} 轮，第 ${batch}/${batches} 批`,
    speed: (steps) => `每秒 ${steps} 步`,
    takeTitle: '导出',
    takeFirst: '请先训练一步：没有训练过的网络导出来也没有用。',
    saveRun: '训练文件夹（ZIP）',
    saveOnnx: 'ONNX',
    saveWeights: 'safetensors',
    takeFailed: (message) => `未能生成文件：${message}`,
    ran: (backend, threads) => `${backend}，${threads} 个线程`,
  },
)
