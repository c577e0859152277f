import type { Boundary } from 'convoke/shapes'
import { defineMessages } from '../words/language.ts'
import type { Misfit } from './geometry.ts'

const edgesEn: Record<Boundary, string> = {
  zero: 'zeros: 00|1234|00',
  reflect: 'reflect: 21|1234|43',
  mirror: 'mirror: 32|1234|32',
  edge: 'replicate: 11|1234|44',
  wrap: 'circular: 34|1234|12',
}
const edgesZh: Record<Boundary, string> = {
  zero: '补零：00|1234|00',
  reflect: '对称：21|1234|43',
  mirror: '镜像：32|1234|32',
  edge: '边缘复制：11|1234|44',
  wrap: '循环：34|1234|12',
}

const misfitEn = ({ kind, axis, extent, padded }: Misfit): string => {
  const along = axis === 0 ? 'rows' : 'columns'
  if (kind === 'kernel-too-large')
    return `The kernel spans ${extent} ${along}, the padded input has ${padded}: there is no place where it fits.`
  if (kind === 'nothing-left') return `The padding cuts off all ${along}: nothing of the output is left.`
  return `The output padding along the ${along} must be smaller than the stride or the dilation.`
}
const misfitZh = ({ kind, axis, extent, padded }: Misfit): string => {
  const along = axis === 0 ? '行' : '列'
  if (kind === 'kernel-too-large') return `卷积核跨 ${extent} ${along}，填充后的输入只有 ${padded} ${along}，放不下。`
  if (kind === 'nothing-left') return `填充裁掉了全部的${along}，输出什么也不剩。`
  return `${along}方向的输出填充必须小于步幅或空洞率。`
}

export const slideMessages = defineMessages(
  {
    title: 'Slide',
    lead: 'Lay the kernel on the input, multiply what lies on top of each other, add up. Then move on by one.',
    input: 'Input',
    kernel: 'Kernel',
    products: 'Products',
    output: 'Output',
    channel: (index: number) => `channel ${index + 1}`,
    inputChannel: (index: number) => `Input, channel ${index + 1}`,
    kernelFor: (input: number, output: number) => `from channel ${input + 1} to ${output + 1}`,
    turned: 'as it slides: turned by half a turn',
    transposedNote: 'The zeros between and around are set by the transposed convolution.',
    cell: (row: number, column: number) => `row ${row + 1}, column ${column + 1}`,
    notANumber: 'Type a number from −9999 to 9999.',
    notTaken: (typed: string, kept: string) =>
      typed.trim() === ''
        ? `An empty cell is no number: ${kept} is back. Type 0 for nothing.`
        : `“${typed}” is no number from −9999 to 9999: ${kept} is back.`,
    editHint: 'Every number of the input and the kernel can be typed over. Drag the frame to move the window.',
    seen: (place: string, count: number) =>
      `Output ${place} sees ${count === 1 ? 'the one input' : `the ${count} inputs`} framed here.`,
    feeds: (place: string, count: number) =>
      count === 0
        ? `Input ${place} feeds no output: no window reaches it.`
        : `Input ${place} feeds ${count === 1 ? 'the one output' : `the ${count} outputs`} framed here.`,
    transport: 'Steps',
    first: 'First window',
    back: 'One window back',
    play: 'Play',
    pause: 'Pause',
    forward: 'Next window',
    last: 'Last window',
    window: 'Window',
    windowOf: (index: number, count: number) => `${index + 1} of ${count}`,
    speed: 'Speed',
    watch: 'Output channel',
    formula: 'The formula',
    sizes: 'Why the output has this size',
    rows: 'rows',
    columns: 'columns',
    length: 'length',
    counts: (weights: number, macs: number) =>
      `${weights} ${weights === 1 ? 'weight' : 'weights'}, ${macs} ${macs === 1 ? 'multiplication' : 'multiplications'}`,
    computed: (backend: string) => `Computed in this page by convoke (${backend}).`,
    settings: 'Settings',
    operation: 'Operation',
    kind: 'Kind',
    plain: 'Convolution',
    transposed: 'Transposed',
    flipped: 'Flip the kernel (textbook)',
    axes: 'Axes',
    sizeOfInput: 'Size of the input',
    sizeOfKernel: 'Size of the kernel',
    fill: 'Numbers',
    fills: {
      own: 'as they are',
      count: '1, 2, 3 …',
      digits: 'digits',
      step: 'a step',
      dot: 'a single 1',
      ones: 'all 1',
    },
    kernelFills: {
      own: 'as they are',
      diagonal: 'diagonal of 1',
      mean: 'mean',
      difference: 'difference →',
      sobel: 'Sobel →',
      laplacian: 'Laplacian',
      one: 'a single 1',
    },
    channels: 'Channels',
    inChannels: 'in',
    outChannels: 'out',
    groups: 'Groups',
    groupsHint: (inputs: number, outputs: number, groups: string) =>
      `Groups split the channels evenly: of ${inputs} in and ${outputs} out, ${groups}. Other numbers of channels, above, allow others.`,
    groupsReset: (before: number, after: number) =>
      `${before} groups no longer divide the channels: Groups is ${after} now.`,
    stride: 'Stride',
    dilation: 'Dilation',
    padding: 'Padding',
    paddingKinds: { none: 'none', same: 'same size', full: 'full', own: 'own' },
    top: 'top',
    bottom: 'bottom',
    left: 'left',
    right: 'right',
    edge: 'Beyond the edge',
    edges: edgesEn,
    edgeTransposed: 'A transposed convolution has nothing beyond its edges: padding cuts off the output.',
    outputPadding: 'Output padding',
    reset: 'Back to the first example',
    misfit: misfitEn,
    mend: 'Pad until it fits',
    mendTransposed: 'No padding',
    refused: (reason: string) => `The library refuses: ${reason}`,
    takeTitle: 'Take it home',
    takeNote: 'These programs print exactly the output that is shown above.',
    pictureTitle: 'A convolution, window by window',
  },
  {
    title: '滑动',
    lead: '把卷积核放在输入上，重叠的数相乘，再求和；然后移动一格。',
    input: '输入',
    kernel: '卷积核',
    products: '乘积',
    output: '输出',
    channel: (index) => `通道 ${index + 1}`,
    inputChannel: (index) => `输入，通道 ${index + 1}`,
    kernelFor: (input, output) => `从通道 ${input + 1} 到 ${output + 1}`,
    turned: '滑动时的样子：旋转了半圈',
    transposedNote: '中间和四周的零是转置卷积加上的。',
    cell: (row, column) => `第 ${row + 1} 行，第 ${column + 1} 列`,
    notANumber: '请输入 −9999 到 9999 之间的数。',
    notTaken: (typed, kept) =>
      typed.trim() === ''
        ? `空格子不是数，已恢复为 ${kept}。若要留空，请填 0。`
        : `“${typed}”不是 −9999 到 9999 之间的数，已恢复为 ${kept}。`,
    editHint: '输入和卷积核里的每个数都可以直接改写。拖动方框可以移动窗口。',
    seen: (place, count) => `输出 ${place} 看到这里框出的 ${count} 个输入。`,
    feeds: (place, count) =>
      count === 0 ? `输入 ${place} 不影响任何输出：没有窗口覆盖它。` : `输入 ${place} 影响这里框出的 ${count} 个输出。`,
    transport: '步骤',
    first: '第一个窗口',
    back: '退回一个窗口',
    play: '播放',
    pause: '暂停',
    forward: '下一个窗口',
    last: '最后一个窗口',
    window: '窗口',
    windowOf: (index, count) => `第 ${index + 1} 个，共 ${count} 个`,
    speed: '速度',
    watch: '输出通道',
    formula: '公式',
    sizes: '输出的大小是怎样得来的',
    rows: '行',
    columns: '列',
    length: '长度',
    counts: (weights, macs) => `${weights} 个权重，${macs} 次乘法`,
    computed: (backend) => `由本页中的 convoke 计算（${backend}）。`,
    settings: '设置',
    operation: '运算',
    kind: '种类',
    plain: '卷积',
    transposed: '转置卷积',
    flipped: '翻转卷积核（教科书定义）',
    axes: '维数',
    sizeOfInput: '输入的大小',
    sizeOfKernel: '卷积核的大小',
    fill: '数值',
    fills: { own: '保持不变', count: '1、2、3……', digits: '一位数', step: '台阶', dot: '单个 1', ones: '全为 1' },
    kernelFills: {
      own: '保持不变',
      diagonal: '对角线为 1',
      mean: '平均',
      difference: '差分 →',
      sobel: 'Sobel →',
      laplacian: '拉普拉斯',
      one: '单个 1',
    },
    channels: '通道',
    inChannels: '输入',
    outChannels: '输出',
    groups: '分组',
    groupsHint: (inputs, outputs, groups) =>
      `分组要把通道平均分开：输入 ${inputs} 个、输出 ${outputs} 个通道时可分为 ${groups} 组。改变上面的通道数，可选的分组也会变。`,
    groupsReset: (before, after) => `${before} 组已不能平分通道，分组改为 ${after}。`,
    stride: '步幅',
    dilation: '空洞率',
    padding: '填充',
    paddingKinds: { none: '无', same: '保持大小', full: '全部', own: '自定义' },
    top: '上',
    bottom: '下',
    left: '左',
    right: '右',
    edge: '边缘之外',
    edges: edgesZh,
    edgeTransposed: '转置卷积的边缘之外没有数值：填充会裁掉输出。',
    outputPadding: '输出填充',
    reset: '回到最初的例子',
    misfit: misfitZh,
    mend: '增加填充直到放得下',
    mendTransposed: '去掉填充',
    refused: (reason) => `无法计算：${reason}`,
    takeTitle: '导出',
    takeNote: '下面的程序会输出与上方完全相同的结果。',
    pictureTitle: '逐个窗口看卷积',
  },
)
