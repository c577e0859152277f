// Movie reviews (Pang & Lee 2005), good or bad, by the CNN-rand of Kim 2014: word vectors that start at random.
//
//     npm run example reviews                  ten-fold cross-validation, 10 epochs each
//     npm run example reviews -- --folds 2     the first two folds of the ten
//     npm run example reviews -- --quick       a few steps
//
// As in Kim 2014: windows of 3, 4 and 5 words with 100 maps each, dropout 0.5, columns of the last layer held to a norm
// of 3, Adadelta, batches of 50. There weights are halved after training, to make up for dropout; here dropout doubles
// what it leaves instead, so that the same norm is 1.5. A tenth of each fold's training part decides after which epoch
// its test part counts. The vocabulary is that of all reviews, as there: words that only the test part has keep their
// random vectors. Two things are not from the paper: a tenth of the words is hidden at random in training, and what is
// measured is a moving average of the weights.

import { join } from 'node:path'
import { data, models, optim, type RandomSource, train } from 'convoke'
import { readBytes } from 'convoke/node'
import { dataFolder, experiment, progressOf, report } from './common/experiment.ts'

const run = experiment('reviews', { folds: { type: 'string' }, epochs: { type: 'string' } })
const { quick, seed } = run
const epochs = quick ? 1 : Number(run.values['epochs'] ?? 10)
const folds = quick ? 1 : Number(run.values['folds'] ?? 10)

const folder = await dataFolder('movie-reviews')
const file = async (name: string): Promise<string> =>
  data.decodeText(name, await readBytes(join(folder, `rt-polarity.${name}`)), 'latin1')
const reviews = data.linesDataset({ negative: await file('neg'), positive: await file('pos') })
const texts = await Promise.all(
  Array.from({ length: reviews.length }, async (_, i) => data.englishWords((await reviews.get(i)).text)),
)
const words = data.vocabulary(texts)
// Padding in front as behind lets the widest window reach over the first word as over the last.
const border = 4
const length = texts.reduce((most, { length }) => Math.max(most, length), 0) + 2 * border
const tokens = data.cacheDataset(
  data.mapDataset(reviews, ({ label }, i): data.TokenizedText => {
    const ids = new Int32Array(length).fill(data.paddingToken)
    ids.set(words.encode(texts[i], texts[i].length).data, border)
    return { tokens: { shape: [length], data: ids }, label }
  }),
)
console.log(`${reviews.length} reviews, ${words.size} words, up to ${length - 2 * border} in one`)

/** Each word hidden with a chance of one in ten. */
function hideWords(example: data.TokenizedText, random: RandomSource): data.TokenizedText {
  const { shape, data: all } = example.tokens
  const hide = (token: number): boolean => token !== data.paddingToken && random.uniform() < 0.1
  return { ...example, tokens: { shape, data: Int32Array.from(all, (t) => (hide(t) ? data.unknownToken : t)) } }
}

const reached: number[] = []
const all = data.crossValidation(tokens, 10, { seed })
let parameters = 0
for (const [fold, { train: rest, test }] of all.slice(0, folds).entries()) {
  const [training, development] = data.splitDataset(rest, quick ? [0.03, 0.01] : [0.9, 0.1], { seed })
  const model = models.TextCNN({ vocabulary: words.size }).initialize(seed + fold)
  const task = train.textClassification(model, 2)
  const head = model.at('head').namedParameters()['weight']
  const average = optim.weightAverage(model.state(), { decay: 0.99 })
  const optimizer = optim.Adadelta(model.parameters(), { rho: 0.95 })
  const show = progressOf(epochs, ['accuracy'])
  let accuracy = 0
  await train.fit({
    model,
    task,
    optimizer,
    train: training,
    validation: development,
    epochs,
    batchSize: 50,
    seed: seed + fold,
    monitor: 'accuracy',
    average,
    augment: hideWords,
    afterStep: () => optim.limitNorm(head, 1.5, 0),
    async onEvent(event) {
      show(event)
      if (event.type !== 'epoch' || !event.best) return
      accuracy = (await average.during(() => train.evaluate(model, task, test)))['accuracy']
    },
  })
  reached.push(accuracy)
  parameters = model.parameterCount()
  const mean = reached.reduce((a, b) => a + b, 0) / reached.length
  console.log(
    `fold ${fold + 1}/${folds}: ${(100 * accuracy).toFixed(2)}% · mean so far ${(100 * mean).toFixed(2)}% · ${run.seconds().toFixed(0)} s`,
  )
  average.dispose()
  optimizer.dispose()
  model.dispose()
}
report(run, {
  what: `mean accuracy over ${folds} of 10 folds`,
  reached: reached.reduce((a, b) => a + b, 0) / reached.length,
  asked: 0.761,
  parameters,
})
