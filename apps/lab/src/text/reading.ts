// What the network makes of a sentence, layer by layer. Runs in the worker.

import { conv1d, data, multiply, type nn, scope, sigmoid, Tensor, tensor, withoutGradients } from 'convoke'
import { type Lessons, paddedLength, tokenizerFor } from './lessons.ts'
import { mostWords, type NetworkSettings, vectorSize } from './state.ts'
import type { FilterReading, Reading, Token } from './task.ts'

type Rows = readonly (readonly number[])[]

/** Tokens of the words that are read. Undefined where there are none. */
export function tokensOf(
  sentence: string,
  { language }: NetworkSettings,
  { vocabulary }: Lessons,
): { readonly tokens: readonly Token[]; readonly cut: boolean } | undefined {
  const words = tokenizerFor(language)(sentence)
  if (words.length === 0) return undefined
  const read = words.slice(0, mostWords)
  const ids = vocabulary.encode(read, read.length).data
  return { tokens: read.map((text, i) => ({ text, id: ids[i] })), cut: words.length > read.length }
}

const rowsOf = (values: ArrayLike<number>, columns: number): number[][] =>
  Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (__, column) => values[row * columns + column]),
  )

/** What the modules of the network put out, by their paths. */
function observed(network: nn.Module, tokens: Tensor): { readonly outputs: Record<string, Tensor>; logits: Tensor } {
  const outputs: Record<string, Tensor> = {}
  const stop = network.observe({
    leave({ path, output }) {
      if (output instanceof Tensor && /^(embedding|conv\d)$/.test(path)) outputs[path] = output
    },
  })
  try {
    return { outputs, logits: network(tokens) }
  } finally {
    stop()
  }
}

export function read(
  network: nn.Module,
  settings: NetworkSettings,
  lessons: Lessons,
  sentence: string,
): Reading | undefined {
  const words = tokensOf(sentence, settings, lessons)
  if (words === undefined) return undefined
  network.eval()
  const length = paddedLength(words.tokens.length, settings)
  const ids = Int32Array.from({ length }, (_, i) => words.tokens[i]?.id ?? data.paddingToken)
  let reading: Reading | undefined
  withoutGradients(() =>
    scope(() => {
      const { outputs, logits } = observed(network, tensor(ids, { shape: [1, length] }))
      const state = network.state()
      const head = state['head.weight'].dataSync()
      const filters = settings.windows.flatMap((window, at) =>
        filtersOf(window, {
          ...{
            vectors: outputs['embedding'],
            activations: outputs[`conv${window}`],
            positions: words.tokens.length + 1,
          },
          ...{ weight: state[`conv${window}.weight`], bias: state[`conv${window}.bias`] },
          head: head.slice(at * settings.maps, (at + 1) * settings.maps),
        }),
      )
      reading = {
        ...words,
        vectors: rowsOf(outputs['embedding'].dataSync(), vectorSize).slice(0, words.tokens.length),
        filters,
        bias: state['head.bias'].dataSync()[0],
        logit: logits.dataSync()[0],
        probability: sigmoid(logits).dataSync()[0],
      }
    }),
  )
  return reading
}

interface Layer {
  /** `[1, words, vectorSize]`, padding included. */
  readonly vectors: Tensor
  /** `[1, positions, maps]` */
  readonly activations: Tensor
  /** Positions that differ: one a word, and one of padding alone. */
  readonly positions: number
  readonly weight: Tensor
  readonly bias: Tensor
  /** The classifier's weight of each filter. */
  readonly head: ArrayLike<number>
}

function filtersOf(window: number, { vectors, activations, positions, weight, bias, head }: Layer): FilterReading[] {
  const maps = head.length
  const after = rowsOf(activations.dataSync(), maps).slice(0, positions)
  // Before ReLU, so that a filter that answers to nothing shows what came nearest.
  const sums = rowsOf(conv1d(vectors, weight, { bias }).dataSync(), maps).slice(0, positions)
  const words = rowsOf(vectors.dataSync(), vectorSize)
  const [kernels, biases] = [weight.dataSync(), bias.dataSync()]
  const each = Array.from({ length: maps }, (_, map) => {
    const winner = sums.reduce((best, row, at) => (row[map] > sums[best][map] ? at : best), 0)
    const kernel = rowsOf(
      Array.from({ length: window * vectorSize }, (__, i) => kernels[i * maps + map]),
      vectorSize,
    )
    return { map, winner, kernel, words: words.slice(winner, winner + window) }
  })
  const shape = [maps, window, vectorSize]
  const flat = (of: (filter: (typeof each)[number]) => Rows): Tensor =>
    tensor(Float32Array.from(each.flatMap((filter) => of(filter).flat())), { shape })
  const products = multiply(
    flat(({ words: own }) => own),
    flat(({ kernel }) => kernel),
  )
  const pooled = Float32Array.from(each, ({ map, winner }) => after[winner][map])
  const contributions = multiply(tensor(pooled), tensor(Float32Array.from(head))).dataSync()
  const allProducts = rowsOf(products.dataSync(), vectorSize)
  return each.map(({ map, winner, kernel, words: own }) => ({
    ...{ window, map, winner, kernel, words: own },
    activations: after.map((row) => row[map]),
    products: allProducts.slice(map * window, (map + 1) * window),
    bias: biases[map],
    sum: sums[winner][map],
    pooled: pooled[map],
    weight: head[map],
    contribution: contributions[map],
  }))
}
