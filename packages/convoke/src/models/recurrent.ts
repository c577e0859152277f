// Recurrent networks over sequences: what convolutions are compared with.

import * as nn from '../nn/index.ts'
import { slice, squeeze } from '../ops/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The options of the recurrent networks. */
export interface RecurrentNetOptions {
  /** Features of each step of the input. */
  readonly in: number
  /** Features of each step of the result. */
  readonly out: number
  /** Features of the state; 64 when not given. */
  readonly hidden?: number | undefined
  /** Recurrent layers on top of each other; 1 when not given. */
  readonly layers?: number | undefined
  /** A second run from the end to the start. Default false. */
  readonly bidirectional?: boolean | undefined
  /** Dropout between layers: 0 when not given. */
  readonly dropout?: number | undefined
  /** 'sequence' (when not given): a result at each step. 'last': at the last alone, `[batch, out]`. */
  readonly returns?: 'sequence' | 'last' | undefined
}

function recurrentNet(make: typeof nn.LSTM | typeof nn.GRU, options: RecurrentNetOptions): nn.Module {
  const { in: input, out, hidden = 64, layers, bidirectional, dropout, returns = 'sequence' } = options
  return nn.defineModule({
    kind: make === nn.LSTM ? 'LSTMNet' : 'GRUNet',
    options,
    children: {
      recurrent: make({ in: input, hidden, layers, bidirectional, dropout }),
      head: nn.Linear({ in: hidden * (bidirectional ? 2 : 1), out }),
    },
    forward:
      ({ children }) =>
      (x: Tensor) => {
        const { output } = children.recurrent(x)
        return children.head(returns === 'last' ? squeeze(slice(output, [null, { start: -1 }]), 1) : output)
      },
  })
}

/**
 * An LSTM (Hochreiter & Schmidhuber 1997) with a linear layer: `[batch, time, in]` → `[batch, time, out]`.
 *
 * @example
 * models.LSTMNet({ in: 2, out: 1, hidden: 8, returns: 'last' })(zeros([3, 5, 2])).shape  // [3, 1]
 */
export const LSTMNet = (options: RecurrentNetOptions): nn.Module => recurrentNet(nn.LSTM, options)

/** The same with gated recurrent units (Cho et al. 2014). */
export const GRUNet = (options: RecurrentNetOptions): nn.Module => recurrentNet(nn.GRU, options)
