// What is said of a model that somebody brings.

import { defineMessages } from '../words/language.ts'

export const modelMessages = defineMessages(
  {
    modelHint:
      'ONNX, TensorFlow.js (model.json with its .bin files) or a run of Convoke. Drop files here or choose them; they stay on this machine.',
    openFiles: 'Choose files …',
    openFolder: 'Choose a folder …',
    opening: 'Reading the model …',
    modelName: (name: string) =>
      `${name}, from your machine. The address cannot contain it, so it is kept only while this page is open.`,
    madeBy: (producer: string) => `Made by ${producer}.`,
    unsupported: (names: string) => `Unsupported operators: ${names}. The nodes before them are shown.`,
    endsBefore: (reason: string) => `The list ends early: ${reason}`,
    unreadable: {
      damaged: 'The file is damaged or is not what its name says.',
      unknown:
        'None of these files is a model that the page reads: .onnx, model.json with its .bin files, or .safetensors of a run.',
      'no-shards': 'The model.json needs files that were not given with it. Choose them together, or its folder:',
      'no-config':
        'These weights do not say what network they belong to. Choose the run’s folder, or its best.safetensors with config.json.',
      'no-weights':
        'This is a run’s configuration without its weights. Choose best.safetensors with it, or the run’s folder.',
      adapters: 'This run has adapters beside its weights. Write it as ONNX first: convoke convert RUN model.onnx',
      'no-picture-run': 'This run reads texts, series or noise, and this page works with pictures only.',
      'too-large': 'These files have more than 512 MiB, which is the limit of the page.',
      'not-read': 'The browser could not read the file.',
    } as Record<string, string>,
  },
  {
    modelHint:
      'ONNX、TensorFlow.js（model.json 及其 .bin 文件）或 Convoke 的训练结果。把文件拖到这里或点击选择；文件不会离开这台机器。',
    openFiles: '选择文件……',
    openFolder: '选择文件夹……',
    opening: '正在读取模型……',
    modelName: (name) => `${name}，来自你的机器。网址装不下它，只在本页打开期间保留。`,
    madeBy: (producer) => `由 ${producer} 生成。`,
    unsupported: (names) => `不认识的算子：${names}。这里显示它们之前的部分。`,
    endsBefore: (reason) => `列表提前结束：${reason}`,
    unreadable: {
      damaged: '文件已损坏，或者与它的名字不符。',
      unknown: '这些文件里没有页面能读的模型：.onnx、model.json 及其 .bin 文件，或训练结果的 .safetensors。',
      'no-shards': 'model.json 还需要没有一起给出的文件。请一起选择，或选择它所在的文件夹：',
      'no-config': '这些权重没有说明属于哪个网络。请选择训练结果的文件夹，或同时选择 best.safetensors 和 config.json。',
      'no-weights': '这是训练结果的配置，没有权重。请同时选择 best.safetensors，或选择整个文件夹。',
      adapters: '这个训练结果在权重之外还有适配器。请先转成 ONNX：convoke convert RUN model.onnx',
      'no-picture-run': '这个训练结果读取的不是图片（而是文字、序列或噪声），而这里的一切都与像素有关。',
      'too-large': '这些文件超过 512 MiB，页面无法读取。',
      'not-read': '浏览器无法读取文件。',
    },
  },
)
