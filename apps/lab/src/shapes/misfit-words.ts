// Why a layer does not fit, and what would help, in words.

import type { Reason, Remedy } from './misfit.ts'

const shapeText = (shape: readonly number[]): string => shape.join(' × ')

export function reasonEn(reason: Reason): string {
  switch (reason.kind) {
    case 'flat':
      return `This layer slides a window over rows and columns, but its input is flat: ${reason.size} numbers in a row. A layer before it has removed the positions.`
    case 'not-flat':
      return `A linear layer reads one row of numbers, but its input still has rows and columns: ${shapeText(reason.shape)}.`
    case 'window':
      return `The window spans ${reason.extent} ${reason.axis === 0 ? 'rows' : 'columns'}, but there are only ${reason.padded}, padding included. It fits nowhere.`
    case 'groups':
      return reason.output === undefined
        ? `${reason.groups} groups do not divide the ${reason.input} channels evenly.`
        : `Groups divide the channels evenly: ${reason.groups} must divide both the ${reason.input} input and the ${reason.output} output channels.`
    case 'output-padding':
      return `Output padding settles a size that the stride leaves open: it must be below the stride or the dilation, here at most ${reason.most}.`
    case 'pool-padding':
      return `With this padding a pooling window would cover only padding. The padding must be at most ${reason.most}.`
    case 'other':
      return reason.message
  }
}

export function reasonZh(reason: Reason): string {
  switch (reason.kind) {
    case 'flat':
      return `这一层要让窗口在行和列上滑动，但输入已经展平成 ${reason.size} 个数，前面某一层丢掉了位置。`
    case 'not-flat':
      return `全连接层读取一串数，但输入还有行和列：${shapeText(reason.shape)}。`
    case 'window':
      return `窗口跨越 ${reason.extent} ${reason.axis === 0 ? '行' : '列'}，但连同填充只有 ${reason.padded} ${reason.axis === 0 ? '行' : '列'}，放不下。`
    case 'groups':
      return reason.output === undefined
        ? `${reason.groups} 组无法均分 ${reason.input} 个通道。`
        : `分组要均分通道：${reason.groups} 必须同时整除输入的 ${reason.input} 个通道和输出的 ${reason.output} 个通道。`
    case 'output-padding':
      return `输出填充用来确定步幅没有定下的大小，必须小于步幅或空洞率，这里最多为 ${reason.most}。`
    case 'pool-padding':
      return `这样填充会让某个池化窗口里只有填充。最多填充 ${reason.most}。`
    case 'other':
      return `库给出的原因：${reason.message}`
  }
}

const beforeEn = (name: string): string => (name === 'flatten' ? 'the flatten layer' : 'the global pooling')
const beforeZh = (name: string): string => (name === 'flatten' ? '展平层' : '全局池化')

export function remedyEn(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'flatten-before':
      return 'Put flatten before it'
    case 'global-pool-before':
      return 'Put global pooling before it'
    case 'move-before':
      return `Move it before ${beforeEn(remedy.name)}`
    case 'remove-before':
      return `Remove ${beforeEn(remedy.name)}`
    case 'kernel':
      return `Make the window ${remedy.size} × ${remedy.size}`
    case 'same-padding':
      return 'Pad to the same size'
    case 'dilation':
      return `Set the dilation to ${remedy.size}`
    case 'groups':
      return remedy.count === 1 ? 'Use one group' : `Use ${remedy.count} groups`
    case 'channels':
      return `Use ${remedy.count} output channels`
    case 'output-padding':
      return `Set the output padding to ${remedy.size}`
    case 'padding':
      return remedy.size === 0 ? 'Take the padding away' : `Set the padding to ${remedy.size}`
    case 'remove':
      return 'Remove this layer'
  }
}

export function remedyZh(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'flatten-before':
      return '在它前面加展平层'
    case 'global-pool-before':
      return '在它前面加全局池化'
    case 'move-before':
      return `移到${beforeZh(remedy.name)}之前`
    case 'remove-before':
      return `移除${beforeZh(remedy.name)}`
    case 'kernel':
      return `把窗口改为 ${remedy.size} × ${remedy.size}`
    case 'same-padding':
      return '填充到大小不变'
    case 'dilation':
      return `把空洞率改为 ${remedy.size}`
    case 'groups':
      return `改为 ${remedy.count} 组`
    case 'channels':
      return `改为 ${remedy.count} 个输出通道`
    case 'output-padding':
      return `把输出填充改为 ${remedy.size}`
    case 'padding':
      return remedy.size === 0 ? '去掉填充' : `把填充改为 ${remedy.size}`
    case 'remove':
      return '移除这一层'
  }
}
