// A TextCNN with one output, above 0 for praise, and how it is trained. Runs in the worker.

import { data, models, nn, type RandomSource, reshape, type Tensor, type train } from 'convoke'
import type { Lessons } from './lessons.ts'
import { paddedLength, tokenizerFor } from './lessons.ts'
import { type NetworkSettings, vectorSize } from './state.ts'

/** Without dropout: what is seen in the page is what trains. */
export const createNetwork = ({ windows, maps, seed }: NetworkSettings, vocabulary: number): nn.Module =>
  models.TextCNN({ vocabulary, classes: 1, size: vectorSize, windows, maps, dropout: 0 }).initialize(seed)

/** Logits `[batch, 1]` against labels of 0 and 1. */
export const sentimentTask = (network: nn.Module): train.Task<data.TokenizedText, Tensor> => ({
  forward: ({ tokens }) => network(tokens),
  loss: (logits, { label }) => nn.binaryCrossEntropy(reshape(logits, label.shape), label),
  meter() {
    let [right, count] = [0, 0]
    return {
      async add(logits, { label }) {
        const [scores, labels] = await Promise.all([logits.data(), label.data()])
        for (let i = 0; i < labels.length; i++) if (scores[i] > 0 === (labels[i] === 1)) right++
        count += labels.length
      },
      values: () => ({ accuracy: right / Math.max(count, 1) }),
    }
  },
})

export async function tokenized(
  lessons: Lessons,
  settings: NetworkSettings,
): Promise<Record<'training' | 'test', data.Dataset<data.TokenizedText>>> {
  const divide = tokenizerFor(settings.language)
  const length = paddedLength(lessons.longest, settings)
  const [training, test] = await Promise.all(
    [lessons.training, lessons.test].map((set) => data.tokenizeDataset(set, divide, lessons.vocabulary, { length })),
  )
  return { training: data.cacheDataset(training), test: data.cacheDataset(test) }
}

/** One word in twenty is hidden, so that unknown words come to mean little. */
export function hideWords(example: data.TokenizedText, random: RandomSource): data.TokenizedText {
  const { shape, data: all } = example.tokens
  const hidden = (token: number): boolean => token !== data.paddingToken && random.uniform() < 0.05
  return { ...example, tokens: { shape, data: Int32Array.from(all, (t) => (hidden(t) ? data.unknownToken : t)) } }
}
