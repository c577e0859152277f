// Multi-head attention (Vaswani et al. 2017, "Attention is all you need").

import { add, cast, greater, matmul, multiply, reshape, softmax, transpose, where } from '../ops/index.ts'
import { check, checkOptions, showShape } from '../shapes/error.ts'
import { arange } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCounts } from './conv.ts'
import { Dropout } from './dropout.ts'
import { constant, glorotUniform } from './initializers.ts'
import { Linear } from './linear.ts'
import { defineModule, type Module } from './module.ts'

/** The options of `MultiHeadAttention`. */
export interface AttentionOptions {
  /** Features of queries, keys, values and result. */
  readonly size: number
  /** Number of heads. Must divide `size`. */
  readonly heads: number
  /** Each position sees only itself and those before it. Default false. */
  readonly causal?: boolean | undefined
  /** Share of the attention weights that dropout sets to zero: 0 when not given. */
  readonly dropout?: number | undefined
  /** Whether the linear layers inside have biases. Default true. */
  readonly bias?: boolean | undefined
}

/** The second argument of an attention layer: what is attended to, if not the queries, and what may be seen of it. */
export interface AttentionInputs {
  /** What is attended to, `[batch, keys, size]`; the queries themselves when not given. */
  readonly keys?: Tensor | undefined
  /** `keys` when not given. */
  readonly values?: Tensor | undefined
  /**
   * Nonzero where a key may be seen: `[batch, keys]` (padding), `[queries, keys]` under `pairs`. Every query must see
   * at least one key.
   */
  readonly mask?: Tensor | undefined
  /** Nonzero where a query may see a key: `[queries, keys]`, the same for every example. All when not given. */
  readonly pairs?: Tensor | undefined
}

/** Large enough to vanish in a softmax, small enough that sums of two stay finite. */
const hidden = -1e9

/**
 * softmax(Q·Kᵀ / √(size / heads))·V in `heads` parallel subspaces: `[batch, queries, size]` → the same shape. Children
 * `query`, `key`, `value` (Glorot, as in PyTorch) and `output`.
 *
 * @example
 * const attention = nn.MultiHeadAttention({ size: 8, heads: 2, causal: true })
 * attention(zeros([1, 5, 8])).shape  // [1, 5, 8]
 */
export function MultiHeadAttention(options: AttentionOptions): Module<(x: Tensor, inputs?: AttentionInputs) => Tensor> {
  checkOptions('MultiHeadAttention', options, ['size', 'heads', 'causal', 'dropout', 'bias'])
  const { size, heads, causal = false, dropout = 0, bias } = options
  checkCounts('MultiHeadAttention', { size, heads })
  check(size % heads === 0, () => `MultiHeadAttention: ${heads} heads must divide the size ${size}.`)
  const project = (weight?: ReturnType<typeof glorotUniform>): Module =>
    Linear({ in: size, out: size, bias, initialize: { weight, bias: constant(0) } })
  const width = size / heads
  return defineModule({
    kind: 'MultiHeadAttention',
    options,
    children: {
      query: project(glorotUniform()),
      key: project(glorotUniform()),
      value: project(glorotUniform()),
      output: project(),
      dropout: Dropout({ rate: dropout }),
    },
    forward:
      ({ children }) =>
      (x: Tensor, { keys = x, values = keys, mask, pairs }: AttentionInputs = {}) => {
        checkInputs(size, x, keys, values)
        const [batch, queries] = x.shape
        const count = keys.shape[1]
        const byHead = (y: Tensor): Tensor => transpose(reshape(y, [batch, y.shape[1], heads, width]), [0, 2, 1, 3])
        const [q, k, v] = [children.query(x), children.key(keys), children.value(values)].map(byHead)
        const scores = multiply(matmul(q, k, { transposeB: true }), 1 / Math.sqrt(width))
        const weights = softmax(withPenalties(scores, penalties(queries, count, batch, causal, mask, pairs)))
        const mixed = matmul(children.dropout(weights), v)
        return children.output(reshape(transpose(mixed, [0, 2, 1, 3]), [batch, queries, size]))
      },
  })
}

function checkInputs(size: number, ...inputs: readonly Tensor[]): void {
  for (const input of inputs) {
    check(
      input.rank === 3 && input.shape[2] === size && input.shape[0] === inputs[0].shape[0],
      () =>
        `MultiHeadAttention: an input has shape ${showShape(input.shape)}; it must be [${inputs[0].shape[0]}, length, ${size}].`,
    )
  }
}

const withPenalties = (scores: Tensor, penalties: readonly Tensor[]): Tensor =>
  penalties.reduce((total, penalty) => add(total, penalty), scores)

/** What is added to scores `[batch, heads, queries, keys]` to hide keys. */
function penalties(
  queries: number,
  keys: number,
  batch: number,
  causal: boolean,
  mask: Tensor | undefined,
  pairs: Tensor | undefined,
): Tensor[] {
  const hide = (seen: Tensor, shape: readonly number[]): Tensor => reshape(where(cast(seen, 'bool'), 0, hidden), shape)
  const wrong = (name: string, given: Tensor, shape: readonly number[]): void =>
    check(
      given.shape.join() === shape.join(),
      () => `MultiHeadAttention: ${name} has shape ${showShape(given.shape)}; it must be ${showShape(shape)}.`,
    )
  const found: Tensor[] = []
  if (causal) {
    const later = greater(reshape(arange(keys), [1, keys]), reshape(arange(queries), [queries, 1]))
    found.push(reshape(where(later, hidden, 0), [1, 1, queries, keys]))
  }
  if (mask !== undefined) {
    wrong('the mask', mask, [batch, keys])
    found.push(hide(mask, [batch, 1, 1, keys]))
  }
  if (pairs !== undefined) {
    wrong('pairs', pairs, [queries, keys])
    found.push(hide(pairs, [1, 1, queries, keys]))
  }
  return found
}
