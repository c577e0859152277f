// LeNet-5: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition".

import * as nn from '../nn/index.ts'
import { tanh } from '../ops/index.ts'
import type { ClassifierOptions } from './blocks.ts'

/**
 * LeNet-5 on pictures of 28×28 (padded to the paper's 32×32) or larger by a multiple of 4. As usual today, each map of
 * C3 reads all of S2, the subsampling has no weights, and the output is linear: 61,706 parameters where the paper
 * counts 60,000 (+900 in C3, −44 in S2 and S4, +850 in the output).
 *
 * @example
 * models.LeNet5()(zeros([1, 28, 28, 1])).shape  // [1, 10]
 */
export function LeNet5({ classes = 10, channels = 1 }: ClassifierOptions = {}): nn.Module {
  return nn.Sequential({
    c1: nn.Conv2d({ in: channels, out: 6, kernel: 5, padding: 2 }),
    tanh1: tanh,
    s2: nn.AveragePool({ kernel: 2 }),
    c3: nn.Conv2d({ in: 6, out: 16, kernel: 5 }),
    tanh3: tanh,
    s4: nn.AveragePool({ kernel: 2 }),
    c5: nn.Conv2d({ in: 16, out: 120, kernel: 5 }),
    tanh5: tanh,
    pool: nn.GlobalAveragePool(),
    f6: nn.Linear({ in: 120, out: 84 }),
    tanh6: tanh,
    head: nn.Linear({ in: 84, out: classes }),
  })
}
