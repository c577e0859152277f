// Texts into classes.

import { data, type models, type nn, type Tensor, tensor, train } from 'convoke'
import { largestOf } from 'convoke/shapes'
import { didYouMean } from 'convoke-workbench'
import { UsageError } from '../../errors.ts'
import { percent } from '../../terminal/words.ts'
import type { RunConfig, TextInput } from '../config.ts'
import { settingNames } from '../config-names.ts'
import type { Opened } from '../data/opened.ts'
import { phraseSections } from '../report/phrases.ts'
import type { Section } from '../report/section.ts'
import { examineClassifier } from './classify.ts'
import { checkClasses, pickModel } from './common.ts'
import { epochsFor, type Kit, type ModelRequest, type Plan, usualTraining } from './kit.ts'
import { guessTokenizer, tokenizerOf, tokenizerVersion } from './tokenizer.ts'

type Ready = data.TokenizedText

const names: readonly models.ModelName[] = ['textcnn', 'charcnn']

const fixed = { size: 128 } as const

/** Longest text in tokens that a network is made for. */
const mostTokens = { words: 400, characters: 1014 }

async function plan(opened: Opened<data.LabelledText>, request: ModelRequest): Promise<Plan> {
  checkClasses('text', opened.classes)
  const name = pickModel('text', names, request.name)
  const asked = request.tokenizer as TextInput['tokenizer'] | undefined
  if (asked !== undefined && !settingNames.tokenizer.includes(asked)) {
    throw new UsageError(
      `--tokenizer is ${asked}. Use one of ${settingNames.tokenizer.join(', ')}.${didYouMean(asked, settingNames.tokenizer)}`,
    )
  }
  const tokenizer = asked ?? (name === 'charcnn' ? 'characters' : await guessTokenizer(opened.train))
  const divide = tokenizerOf({ tokenizer, version: tokenizerVersion })
  const texts: string[][] = []
  for (let i = 0; i < opened.train.length; i++) texts.push(divide((await opened.train.get(i)).text))
  const { words, size } = data.vocabulary(texts, { limit: request.words ?? 30_000 })
  const most = tokenizer === 'characters' ? mostTokens.characters : mostTokens.words
  // The networks' widest windows must fit: 5 words, 123 characters.
  const least = name === 'charcnn' ? 123 : 5
  const length = Math.min(most, Math.max(least, largestOf(texts.map((text) => text.length))))
  const text = { tokenizer, version: tokenizerVersion, words, length }
  const own = name === 'charcnn' ? { alphabet: size, length } : { vocabulary: size, ...fixed }
  const options = { classes: opened.classes.length, ...own, ...request.options }
  return { model: { name, options }, picture: null, text, sequence: null }
}

/** Tokens as the network takes them: numbers, or a one-hot row for each character. */
export function textForward(config: RunConfig, model: nn.Module): (tokens: Tensor) => Tensor {
  if (config.model.name !== 'charcnn') return (tokens) => model(tokens)
  const alphabet = config.text!.words.length + 2
  return (tokens) => {
    const numbers = tokens.dataSync()
    const hot = new Float32Array(numbers.length * alphabet)
    // Padding and unknown characters are rows of zeros, as in the paper.
    for (let i = 0; i < numbers.length; i++) if (numbers[i] > data.unknownToken) hot[i * alphabet + numbers[i]] = 1
    return model(tensor(hot, { shape: [...tokens.shape, alphabet] }))
  }
}

async function mistakeSection(
  { classes }: RunConfig,
  texts: (index: number) => Promise<string>,
  mistakes: readonly { index: number; label: number; predicted: number; chance: number; own: number }[],
  count: number,
): Promise<Section[]> {
  if (mistakes.length === 0) return []
  const rows = await Promise.all(
    mistakes
      .slice(0, 25)
      .map(async ({ index, label, predicted, chance, own }) => [
        ...[await texts(index), classes[label], classes[predicted], percent(chance, 1), percent(own, 1)],
      ]),
  )
  const note = `${mistakes.length} of ${count} are wrong. Those in which the right class got the lowest probability:`
  return [
    { kind: 'table', title: 'Worst mistakes', note, head: ['text', 'is', 'read as', 'sure', 'right class'], rows },
  ]
}

export const text: Kit<'text', Ready> = {
  task: 'text',
  models: names,
  decided: (name) => ({
    fixed: name === 'textcnn' ? fixed : {},
    ...{ fitted: [], given: ['classes', 'vocabulary', 'alphabet', 'length'] },
  }),
  plan,
  defaults({ model }, examples) {
    const batchSize = examples < 1000 ? 16 : 50
    const epochs = epochsFor(examples, batchSize, 1000, 4, 30)
    const learningRate = model.name === 'charcnn' ? 5e-4 : 1e-3
    return {
      ...usualTraining,
      batchSize,
      epochs,
      learningRate,
      schedule: 'constant',
      optimizer: 'adam',
      weightDecay: 0,
    }
  },
  ready(config, set) {
    const { words, length } = config.text!
    const known = data.vocabularyOf(words)
    const divide = tokenizerOf(config.text!)
    const tokens = data.mapDataset(set, (one) => ({ tokens: known.encode(divide(one.text), length), label: one.label }))
    return data.cacheDataset({ ...tokens, nameOf: (index) => (set.get(index) as data.LabelledText).text })
  },
  learning(config, model) {
    const task = train.textClassification(model, config.classes.length, { smoothing: config.training.smoothing })
    const forward = textForward(config, model)
    return { ...task, forward: ({ tokens }) => forward(tokens) }
  },
  augment: () => undefined,
  examine({ config, model, set, ...how }) {
    const texts = async (index: number): Promise<string> => set.nameOf!(index)
    return examineClassifier(config, model, text.learning(config, model), set, how, async (mistakes) => [
      ...(await mistakeSection(config, texts, mistakes, set.length)),
      ...(await phraseSections(config, model, set, (index) => set.nameOf!(index))),
    ])
  },
}
