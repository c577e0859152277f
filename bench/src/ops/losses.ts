// Losses of networks.

import { nn } from 'convoke'
import { atSizes, type Filling, type OpCase, two } from './op-case.ts'

const pairs = (filling: Filling) =>
  [
    ['10⁴', [100, 100], { shape: [100, 100], filling, constant: true }],
    ['10⁶', [1000, 1000], { shape: [1000, 1000], filling, constant: true }],
  ] as const

const masks = [
  [
    '1×64²×4',
    { shape: [1, 64, 64, 4], filling: 'positive' },
    { shape: [1, 64, 64, 4], filling: 'bits', constant: true },
  ],
  [
    '8×128²×4',
    { shape: [8, 128, 128, 4], filling: 'positive' },
    { shape: [8, 128, 128, 4], filling: 'bits', constant: true },
  ],
] as const

export const losses: readonly OpCase[] = [
  atSizes(pairs('normal'), {
    op: 'nn.meanSquaredError',
    run: two((x, y) => nn.meanSquaredError(x, y)),
    torch: 'F.mse_loss(x0, x1)',
  }),
  atSizes(pairs('normal'), {
    op: 'nn.meanAbsoluteError',
    run: two((x, y) => nn.meanAbsoluteError(x, y)),
    torch: 'F.l1_loss(x0, x1)',
  }),
  atSizes(pairs('normal'), { op: 'nn.huber', run: two((x, y) => nn.huber(x, y)), torch: 'F.huber_loss(x0, x1)' }),
  atSizes(pairs('positive'), {
    op: 'nn.binaryCrossEntropy',
    run: two((x, y) => nn.binaryCrossEntropy(x, y)),
    torch: 'F.binary_cross_entropy_with_logits(x0, x1)',
  }),
  atSizes(
    [
      ['256×100', [256, 100], { shape: [256], filling: { below: 100 } }],
      ['1024×1000', [1024, 1000], { shape: [1024], filling: { below: 1000 } }],
    ],
    { op: 'nn.crossEntropy', run: two((x, y) => nn.crossEntropy(x, y)), torch: 'F.cross_entropy(x0, x1)' },
  ),
  atSizes(masks, {
    op: 'nn.dice',
    run: two((p, y) => nn.dice(p, y)),
    torch: '(1 - (2 * (x0 * x1).sum((1, 2)) + 1) / (x0.sum((1, 2)) + x1.sum((1, 2)) + 1)).mean()',
  }),
  atSizes(pairs('bits'), {
    op: 'nn.focal',
    run: two((x, y) => nn.focal(x, y)),
    // As torchvision writes it.
    torch:
      '(lambda p, c: ((0.25 * x1 + 0.75 * (1 - x1)) * c * (1 - (p * x1 + (1 - p) * (1 - x1))) ** 2).mean())' +
      '(torch.sigmoid(x0), F.binary_cross_entropy_with_logits(x0, x1, reduction="none"))',
  }),
].flat()
