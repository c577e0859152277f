import { defineMessages } from '../words/language.ts'

const percent = (share: number): string => `${Math.round(100 * share)}%`

/** Classes that more than a trace of the picture has, the ground left out. */
const told = (shares: readonly number[], names: readonly string[]): string[] =>
  shares.flatMap((share, label) => (label > 0 && share >= 0.005 ? [`${names[label]} ${percent(share)}`] : []))

const english = ['ground', 'disc', 'square', 'triangle']
const chinese = ['背景', '圆', '方块', '三角形']

const levelOf = (path: string): string => /\d+$/.exec(path)?.[0] ?? ''

export const segmentMessages = defineMessages(
  {
    title: 'Segment',
    lead: 'A U-Net learns to assign every pixel to a class. Watch its masks come into focus, cut its skip connections, and paint a picture to test it.',
    opening: 'Drawing the pictures …',

    network: 'Network',
    skips: 'Skip connections',
    skipChoices: { with: 'On', without: 'Off', both: 'Compare' },
    skipName: (skips: boolean): string => (skips ? 'With skips' : 'Without skips'),
    skipsNote: 'Compare trains one of each side by side: the same seed, the same pictures, the same steps.',
    skipsBoth:
      'Two networks, the same seed, pictures and steps. On the way down, the picture is halved repeatedly, and the exact position of edges is lost. A skip connection passes the maps of each level on the way down, before halving, to the same level on the way up, so edges come out sharp. Without it the network has to guess them from the coarse map below.',
    layers: 'Layers',
    fields: {
      depth: 'Levels',
      width: 'Channels at the top',
      kernel: 'Kernel',
      rate: 'Learning rate',
      batch: 'Batch',
      examples: 'To learn from',
      side: 'Size',
    },
    loss: 'Loss',
    losses: { 'cross-entropy': 'Cross-entropy', dice: 'Dice', both: 'Both' },
    lossNotes: {
      'cross-entropy': 'Every pixel counts the same, so the ground, which has most of them, comes first.',
      dice: 'Every class counts the same, however small: 1 minus the overlap of prediction and truth.',
      both: 'The sum of cross-entropy and Dice: steady at first, and small shapes are not forgotten.',
    },
    epochs: 'Pause after epochs',
    pictures: 'Pictures',
    flip: 'Mirror pictures at random',
    held: (train: string, test: string) => `${train} drawn for training, ${test} others held out for testing`,
    cost: (name: string, parameters: string, macs: string) =>
      `${name}: ${parameters} parameters, ${macs} multiply-adds a picture`,
    changesReset: 'Changing the network, loss, rate or batch starts a new run; the previous one is kept.',

    training: 'Training',
    step: 'Step',
    heldOut: 'Held-out pictures',
    figures: { iou: 'Mean IoU', dice: 'Mean Dice', edges: 'Accuracy at edges', accuracy: 'Pixel accuracy' },
    figureNotes: {
      iou: 'For each class: pixels both predicted and true, divided by pixels predicted or true. The mean over the classes.',
      dice: 'For each class: twice the pixels both predicted and true, divided by the predicted plus the true ones. The mean over the classes.',
      edges: 'The share of correct pixels among those that touch another class.',
      accuracy: 'The share of all pixels that have the right class.',
    },
    figuresHint:
      'IoU: pixels both predicted and true, divided by pixels predicted or true. Edges: the pixels that touch another class.',
    iouOf: 'IoU, ',
    none: 'none',
    lossNow: 'Loss of the last batch',
    lossChart: 'Running mean of the loss',
    iouChart: 'Mean IoU on the held-out pictures',
    noCurve: 'The curve begins with the first step.',
    noMeasure: 'It is measured after every epoch and at every pause.',

    strip: 'What it finds',
    stripNote: 'Pictures that are never used for training, with the current state of the network.',
    otherPictures: 'Other pictures',
    classes: english,
    wrong: 'wrong',
    input: 'Picture',
    truth: 'Truth',
    found: 'Found',
    wrongPixels: (count: number) => `${count} wrong`,
    picture: (number: number) => `Picture ${number}`,
    rowLabel: (name: string) => `${name}. Arrow keys go from pixel to pixel.`,
    pixelAt: (picture: number, row: number, column: number) => `Picture ${picture}, row ${row}, column ${column}:`,
    isThere: 'there is ',
    pixelHint: 'Point at a pixel of any picture, or use the arrow keys.',

    scheme: 'The network as a U',
    schemeTitle: (name: string) => `U-Net, ${name.toLowerCase()}`,
    schemeNote:
      'Down the left side, maps get smaller and there are more of them: they tell what is in the picture. Up the right side they grow again and tell where it is. The arrows across pass on the maps of each level on the way down. Choose a block to see its maps.',
    schemeCut:
      'Down the left side, maps get smaller and there are more of them: they tell what is in the picture. Up the right side they grow again and tell where it is, from the coarse maps only: nothing is passed across. Choose a block to see its maps.',
    saveScheme: 'Save as SVG',
    lines: { skip: 'skip', cut: 'cut', down: 'max ½', up: 'up ×2', along: '' },
    blockName: (path: string) =>
      path === 'head'
        ? 'Scores'
        : path === 'bottom'
          ? 'The lowest level'
          : `Level ${levelOf(path)}, ${path.startsWith('down') ? 'way down' : 'way up'}`,
    mapsOf: (name: string) => `Maps: ${name}`,
    mapsPicture: 'For which picture',
    ownPicture: 'My picture',
    mapsNote: 'Each tile is one channel; the stronger the colour, the stronger it answers there.',
    headNote: (classes: number) => `${classes} scores for each pixel, orange above zero, blue below; the highest wins.`,
    channel: (number: number) => `Channel ${number}`,
    moreMaps: (count: number) => `and ${count} more`,

    paint: 'Paint a test picture',
    paintNote: 'Place shapes, or draw something that it has never seen. The mask updates as you paint.',
    tool: 'What to paint',
    tools: { disc: 'Disc', square: 'Square', triangle: 'Triangle', line: 'Pen' },
    colour: 'Colour',
    colours: { red: 'Red', green: 'Green', blue: 'Blue', yellow: 'Yellow', violet: 'Violet', white: 'White' },
    pad: 'Painting pad. Arrow keys move the pen, Space puts it down or lifts it: a shape is placed there.',
    padHint:
      'Press to place a shape, and drag to size and turn it. By keyboard: arrows move the pen, Space lowers and lifts it.',
    undo: 'Undo',
    clear: 'Clear',
    sharesOf: (shares: readonly number[]) => told(shares, english).join(', ') || 'only ground',

    takeNetwork: 'Which network',
    savePictures: 'Pictures shown (safetensors)',
    program: 'As a program',
    takeNote:
      'TypeScript trains the same network to the same step. PyTorch and TensorFlow load network.safetensors and predict the masks of pictures.safetensors. The run works with the command: convoke evaluate, convoke predict. The PNG shows the pictures and masks above.',
  },
  {
    title: '分割',
    lead: 'U-Net 学着说出每个像素属于什么。看它的掩膜渐渐清晰，切断它的跳跃连接，再画一张图考考它。',
    opening: '正在画图片……',

    network: '网络',
    skips: '跳跃连接',
    skipChoices: { with: '有', without: '无', both: '对比' },
    skipName: (skips) => (skips ? '有跳跃连接' : '无跳跃连接'),
    skipsNote: '“对比”同时训练两个网络：随机种子、图片和步数都相同。',
    skipsBoth:
      '两个网络，随机种子、图片和步数都相同。往下走时，图片一次次减半，边缘究竟在哪里就丢失了。跳跃连接把每一级在减半之前看到的内容，直接交给往上走时的同一级，边缘因此清晰。没有它，网络只能从下面粗糙的特征图去猜。',
    layers: '各层',
    fields: {
      depth: '级数',
      width: '最上一级的通道数',
      kernel: '卷积核',
      rate: '学习率',
      batch: '批量',
      examples: '用于学习',
      side: '大小',
    },
    loss: '损失',
    losses: { 'cross-entropy': '交叉熵', dice: 'Dice', both: '两者之和' },
    lossNotes: {
      'cross-entropy': '每个像素同样重要，所以像素最多的背景最先学会。',
      dice: '每个类别同样重要，再小也一样：1 减去预测与实际的重叠程度。',
      both: '交叉熵与 Dice 之和：起步平稳，也不会忘了小的形状。',
    },
    epochs: '多少轮后暂停',
    pictures: '图片',
    flip: '随机左右翻转图片',
    held: (train, test) => `画出 ${train} 张用于学习，另留 ${test} 张用于检验`,
    cost: (name, parameters, macs) => `${name}：${parameters} 个参数，每张图片 ${macs} 次乘加`,
    changesReset: '换了网络、损失、学习率或批量，就另起一次训练；原来的会保留。',

    training: '训练',
    step: '步数',
    heldOut: '检验图片',
    figures: { iou: '平均 IoU', dice: '平均 Dice', edges: '边缘像素正确率', accuracy: '像素正确率' },
    figureNotes: {
      iou: '交并比。每个类别：预测与实际都属于该类的像素，除以预测或实际属于该类的像素。再对各类取平均。',
      dice: '每个类别：预测与实际都属于该类的像素的两倍，除以预测的与实际的像素数之和。再对各类取平均。',
      edges: '与其他类别相邻的像素中，判断正确的比例。',
      accuracy: '全部像素中，类别判断正确的比例。',
    },
    figuresHint:
      'IoU（交并比）：预测与实际都属于该类的像素，除以预测或实际属于该类的像素。边缘像素：与其他类别相邻的像素。',
    iouOf: 'IoU，',
    none: '无',
    lossNow: '最近一批的损失',
    lossChart: '损失的滑动平均',
    iouChart: '检验图片上的平均 IoU',
    noCurve: '走完第一步，曲线就会出现。',
    noMeasure: '每轮结束和每次暂停时测量。',

    strip: '分割结果',
    stripNote: '这些图片从不用于学习；显示的是网络此刻的结果。',
    otherPictures: '换几张',
    classes: chinese,
    wrong: '错误',
    input: '图片',
    truth: '实际',
    found: '预测',
    wrongPixels: (count) => `错 ${count} 个`,
    picture: (number) => `图片 ${number}`,
    rowLabel: (name) => `${name}。用方向键逐个像素移动。`,
    pixelAt: (picture, row, column) => `图片 ${picture}，第 ${row} 行第 ${column} 列：`,
    isThere: '实际是',
    pixelHint: '把指针移到任一图片的像素上，或使用方向键。',

    scheme: '网络的 U 形结构',
    schemeTitle: (name) => `U-Net，${name}`,
    schemeNote:
      '左侧向下，特征图越来越小，数量越来越多，说明图里有什么。右侧向上，特征图逐级变大，说明它在哪里。横向的箭头把左侧每一级看到的内容交给右侧的同一级。点选一个方块，可以查看它的特征图。',
    schemeCut:
      '左侧向下，特征图越来越小，数量越来越多，说明图里有什么。右侧向上，特征图逐级变大，说明它在哪里，但只能依据底部粗糙的特征图：左右两侧之间没有传递。点选一个方块，可以查看它的特征图。',
    saveScheme: '保存为 SVG',
    lines: { skip: '跳跃', cut: '已切断', down: '减半', up: '放大', along: '' },
    blockName: (path) =>
      path === 'head'
        ? '得分'
        : path === 'bottom'
          ? '最低一级'
          : `第 ${levelOf(path)} 级，${path.startsWith('down') ? '往下' : '往上'}`,
    mapsOf: (name) => `特征图：${name}`,
    mapsPicture: '哪张图片',
    ownPicture: '我画的图',
    mapsNote: '每块是一个通道；颜色越鲜明，该处的响应越强。',
    headNote: (classes) => `每个像素有 ${classes} 个得分，橙色大于零，蓝色小于零；最高的获胜。`,
    channel: (number) => `通道 ${number}`,
    moreMaps: (count) => `还有 ${count} 个`,

    paint: '画一张测试图',
    paintNote: '放上几个形状，或用笔画点它没见过的东西。掩膜随之更新。',
    tool: '画什么',
    tools: { disc: '圆', square: '方块', triangle: '三角形', line: '画笔' },
    colour: '颜色',
    colours: { red: '红', green: '绿', blue: '蓝', yellow: '黄', violet: '紫', white: '白' },
    pad: '画板。方向键移动画笔，空格键落笔或抬笔：形状就放在那里。',
    padHint: '按下放置形状，拖动可改变大小和方向。用键盘时：方向键移动画笔，空格键落笔、抬笔。',
    undo: '撤销',
    clear: '清空',
    sharesOf: (shares) => told(shares, chinese).join('，') || '只有背景',

    takeNetwork: '哪个网络',
    savePictures: '所示图片（safetensors）',
    program: '写成程序',
    takeNote:
      'TypeScript 程序会把同一个网络训练到同一步。PyTorch 和 TensorFlow 程序读取 network.safetensors，预测 pictures.safetensors 中图片的掩膜。训练结果可以用命令继续使用：convoke evaluate、convoke predict。PNG 是上面的图片和掩膜。',
  },
)
