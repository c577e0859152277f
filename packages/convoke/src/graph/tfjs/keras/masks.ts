// Steps that a layer leaves out: masks, who makes them, who passes them on, and how a recurrent layer passes over what they hide.
// Definitions: `supports_masking` and `compute_mask` of Keras's layers, `rnn` in tfjs-layers/src/layers/recurrent.ts. TensorFlow.js hands the
// last mask on to every layer that is called later; which layers end one is Keras's rule here.

import { type Builder, type Held, int } from '../builder.ts'
import { isRecord, type Layer } from './layer.ts'

/** Layers whose result has the steps of their input. */
const passing = new Set(
  `Dense Activation ReLU PReLU LeakyReLU ELU ThresholdedReLU Softmax Dropout SpatialDropout1D GaussianNoise GaussianDropout
  AlphaDropout ActivityRegularization BatchNormalization LayerNormalization TimeDistributed`.split(/\s+/),
)
const merging = new Set('Add Multiply Average Maximum Minimum Subtract Concatenate'.split(' '))
const recurrent = new Set(['LSTM', 'GRU', 'SimpleRNN'])
const makers = new Set(['Masking', 'Embedding'])

function returnsSteps(layer: Layer): boolean {
  if (recurrent.has(layer.kind)) return layer.flag('return_sequences', false)
  if (layer.kind !== 'Bidirectional') return passing.has(layer.kind)
  const inner = layer.get('layer')
  const config = isRecord(inner) ? inner['config'] : undefined
  return isRecord(config) && config['return_sequences'] === true
}

/** Steps that count in all inputs that hide some. */
function joined(layer: Layer, inputs: readonly Held[]): string | undefined {
  // Joined along the steps, they would have other masks.
  const rank = layer.b.rankOf(inputs[0])
  const axis = layer.kind === 'Concatenate' ? layer.number('axis', -1) : -1
  if (axis !== -1 && (rank === null || axis !== rank - 1)) return undefined
  const masks = [...new Set(inputs.flatMap(({ mask }) => (mask === undefined ? [] : [mask])))]
  return masks.length === 0 ? undefined : masks.reduce((all, mask) => layer.b.node('And', [all, mask]))
}

/** The results with the mask that they have. */
export function withMasks(layer: Layer, inputs: readonly Held[], made: readonly Held[]): readonly Held[] {
  if (makers.has(layer.kind)) return made
  const mask = merging.has(layer.kind) ? joined(layer, inputs) : returnsSteps(layer) ? inputs[0].mask : undefined
  return made.map((held, i) => {
    if (i === 0 && mask !== undefined) return { ...unmasked(held), mask }
    return held.mask === undefined ? held : unmasked(held)
  })
}

export const unmasked = ({ plain, first, constant, home }: Held): Held => ({
  ...{ plain, first, constant },
  ...(home !== undefined && { home }),
})

export interface Gathered {
  /** `[batch, steps, channels]`: the steps that count, in their order, before those that do not. */
  readonly x: string
  /** How many count: `[batch]`, int32. */
  readonly lengths: string
  /** States `[batch, steps, units]` of the gathered steps at the steps of `x`: a hidden step has that of the step run before it, or `first`. */
  spread(states: string, first: string): string
}

/** `mask` `[batch, steps]` is 1 where a step counts. `reverse` says that the last step is run first. */
export function gathered(b: Builder, x: string, mask: string, reverse: boolean): Gathered {
  const counts = b.cast(mask, 'int32')
  const one = b.int64([1])
  const axis = b.scalar(1, 'int32')
  const upTo = b.node('CumSum', [counts, axis])
  const count = b.node('ReduceSum', [counts, one], { keepdims: int(1) })
  const places = b.node('CumSum', [b.node('Add', [b.node('Mul', [counts, b.scalar(0, 'int32')]), axis]), axis])
  const steps = b.node('Sub', [places, axis])
  // Where each step goes: behind those that count before it, or behind all that count and the hidden ones before it.
  const hidden = b.node('Add', [count, b.node('Sub', [steps, upTo])])
  const target = b.node('Where', [b.cast(mask, 'bool'), b.node('Sub', [upTo, axis]), hidden])
  const order = b.node('ScatterElements', [steps, target, steps], { axis: int(1) })
  const rows = (from: string, index: string): string => {
    const wide = b.node('Expand', [b.node('Unsqueeze', [index, b.int64([2])]), b.node('Shape', [from])])
    return b.node('GatherElements', [from, wide], { axis: int(1) })
  }
  const before = reverse ? b.node('Sub', [upTo, counts]) : b.node('Sub', [upTo, axis])
  const some = reverse ? b.node('Less', [before, count]) : b.node('GreaterOrEqual', [before, b.scalar(0, 'int32')])
  const index = b.node('Max', [before, b.scalar(0, 'int32')])
  return {
    x: rows(x, order),
    lengths: b.node('Squeeze', [count, one]),
    spread: (states, first) => b.node('Where', [b.node('Unsqueeze', [some, b.int64([2])]), rows(states, index), first]),
  }
}
