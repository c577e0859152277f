// What samples, presets, kinds of layer and their options are called.

import type { Kind } from './layers.ts'
import type { PresetName } from './presets.ts'
import type { SampleName } from './state.ts'

export const samplesEn: Record<SampleName, string> = { scene: 'A lake at evening', rings: 'Rings', shapes: 'Shapes' }
export const samplesZh: Record<SampleName, string> = { scene: '傍晚的湖', rings: '同心圆', shapes: '几何图形' }

export const presetsEn: Record<PresetName, string> = {
  small: 'VGG-like, small',
  lenet: 'LeNet-5 (1998)',
  compact: 'CompactCNN, for digits',
  vgg16: 'VGG-16 (2015)',
  plain18: 'ResNet-18 without its shortcuts',
  mobile: 'MobileNet-like, separable',
  dilated: 'Dilated stack',
  encoder: 'U-Net’s encoder',
  decoder: 'Down and up again, transposed',
}
export const presetsZh: Record<PresetName, string> = {
  small: '小型 VGG 式网络',
  lenet: 'LeNet-5（1998）',
  compact: 'CompactCNN（手写数字）',
  vgg16: 'VGG-16（2015）',
  plain18: '去掉捷径的 ResNet-18',
  mobile: 'MobileNet 式可分离网络',
  dilated: '空洞卷积堆叠',
  encoder: 'U-Net 的编码器',
  decoder: '先缩小再放大（转置卷积）',
}

export const kindsEn: Record<Kind, string> = {
  conv: 'Convolution',
  depthwise: 'Depthwise convolution',
  separable: 'Separable convolution',
  transposed: 'Transposed convolution',
  'max-pool': 'Max pooling',
  'average-pool': 'Average pooling',
  'global-pool': 'Global pooling',
  'adaptive-pool': 'Adaptive pooling',
  upsample: 'Upsampling',
  activation: 'Activation',
  normalisation: 'Normalisation',
  flatten: 'Flatten',
  linear: 'Linear',
  dropout: 'Dropout',
}
export const kindsZh: Record<Kind, string> = {
  conv: '卷积',
  depthwise: '逐通道卷积',
  separable: '可分离卷积',
  transposed: '转置卷积',
  'max-pool': '最大池化',
  'average-pool': '平均池化',
  'global-pool': '全局池化',
  'adaptive-pool': '自适应池化',
  upsample: '上采样',
  activation: '激活函数',
  normalisation: '归一化',
  flatten: '展平',
  linear: '全连接',
  dropout: 'Dropout',
}

export const normsEn: Record<string, string> = {
  ...{ bn: 'batch', ln: 'layer (channels of a position)', gn: 'group', in: 'instance' },
}
export const normsZh: Record<string, string> = {
  bn: '批归一化',
  ln: '层归一化（单个位置的各通道）',
  gn: '组归一化',
  in: '实例归一化',
}

export const paddingsEn: Record<string, string> = {
  valid: 'none',
  same: 'same size',
  'same-lower': 'same, odd one first',
  causal: 'causal',
  number: 'a number',
}
export const paddingsZh: Record<string, string> = {
  valid: '无',
  same: '保持大小',
  'same-lower': '保持大小（多的在前）',
  causal: '因果',
  number: '指定',
}
