// What the view shows beside what the library computes; how training goes on, stops and begins anew; what the address keeps.

import { concat, data, optim, tensor, train } from 'convoke'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Engine, restarts, WorkerLost } from '../engine/index.ts'
import { readAddress, writeAddress } from './address.ts'
import { computeText, computeWeights } from './compute.ts'
import { lessonsIn, tokenizerFor } from './lessons.ts'
import { createText } from './model.ts'
import { createNetwork, hideWords, sentimentTask, tokenized } from './network.ts'
import { phraseOf, sureness } from './phrases.ts'
import { read } from './reading.ts'
import { startSession } from './session.ts'
import {
  examples,
  firstText,
  inLanguage,
  mostWords,
  type NetworkSettings,
  sentenceLanguages,
  settingsOf,
  type TextState,
  windowChoices,
} from './state.ts'
import type { Reading, TextAnswer, TextQuestion } from './task.ts'

const english = settingsOf(firstText('en'))
const chinese = settingsOf(firstText('zh'))

const ask = async (settings: NetworkSettings, steps: number, sentence: string): Promise<TextAnswer> => {
  for (;;) {
    const { answer } = await computeText({ settings, steps, milliseconds: 500, sentence })
    if (answer.step >= steps) return answer
  }
}

const total = (rows: readonly (readonly number[])[]): number => rows.flat().reduce((sum, value) => sum + value, 0)

describe('a reading', () => {
  it.each(sentenceLanguages.flatMap((language) => examples[language].map((sentence) => [language, sentence] as const)))(
    'adds up, %s: %s',
    async (language, sentence) => {
      const answer = await ask(settingsOf(firstText(language)), 40, sentence)
      const { filters, bias, logit, probability } = answer.reading!
      expect(filters).toHaveLength(12)
      for (const filter of filters) {
        expect(total(filter.products) + filter.bias).toBeCloseTo(filter.sum, 4)
        expect(filter.pooled).toBeCloseTo(Math.max(0, filter.sum), 5)
        expect(filter.pooled).toBe(filter.activations.reduce((most, value) => Math.max(most, value), 0))
        expect(filter.pooled).toBe(filter.activations[filter.winner])
        expect(filter.contribution).toBeCloseTo(filter.pooled * filter.weight, 6)
        for (const [i, row] of filter.products.entries())
          for (const [j, product] of row.entries())
            expect(product).toBe(Math.fround(filter.words[i][j] * filter.kernel[i][j]))
      }
      expect(filters.reduce((sum, { contribution }) => sum + contribution, bias)).toBeCloseTo(logit, 4)
      expect(probability).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5)
    },
  )

  it('is that of the network on the tokens, however much padding stands behind them', async () => {
    const lessons = await lessonsIn('en')
    const network = createNetwork(english, lessons.vocabulary.size).eval()
    const sentence = 'The story is never very dull.'
    const { logit } = read(network, english, lessons, sentence)!
    const words = data.englishWords(sentence)
    const logitOf = (length: number): number =>
      network(tensor(lessons.vocabulary.encode(words, length).data, { shape: [1, length] })).item()
    for (const length of [10, 11, 17, 40]) expect(logitOf(length)).toBeCloseTo(logit, 5)
    network.dispose()
  })

  it('names the n-grams that won', () => {
    const tokens = ['not', 'so', 'bad'].map((text, i) => ({ text, id: i + 2 }))
    const phrase = (settings: NetworkSettings, winner: number, window: number): string =>
      phraseOf({ settings }, { tokens } as unknown as Reading, { winner, window } as never)
    expect(phrase(english, 0, 2)).toBe('not so')
    expect(phrase(english, 2, 3)).toBe('bad · ·')
    expect(phrase(english, 3, 2)).toBe('')
    expect(phrase(chinese, 1, 2)).toBe('sobad')
  })

  it('is never quite sure', () => {
    expect([0.99996, 0.00004, 0.5, 0.7654].map((p) => sureness(p, 1))).toEqual(['99.9', '99.9', '50.0', '76.5'])
  })

  it('knows words of the lessons alone, and says which are unknown', async () => {
    const { reading, vocabulary } = await ask(english, 0, 'A kafkaesque film, but good!')
    expect(reading!.tokens.map(({ text }) => text)).toEqual(['a', 'kafkaesque', 'film', ',', 'but', 'good', '!'])
    expect(reading!.tokens.map(({ id }) => id === data.unknownToken)).toEqual([
      ...[false, true, false, false, true, false, false],
    ])
    expect(reading!.tokens.map(({ id }) => vocabulary[id - 2])).toEqual([
      'a',
      undefined,
      'film',
      ',',
      undefined,
      'good',
      '!',
    ])
  })

  it('takes full-width punctuation for half-width in Chinese', async () => {
    const { reading } = await ask(chinese, 0, '说实话，故事真是无聊！')
    expect(reading!.tokens.every(({ id }) => id !== data.unknownToken)).toBe(true)
  })

  it('is none of a sentence without words, and of the first words of a long one', async () => {
    for (const sentence of ['', '  \n ', '…']) expect((await ask(english, 0, sentence)).reading).toBeUndefined()
    const { reading } = await ask(english, 0, 'not bad '.repeat(5000))
    expect(reading!.tokens).toHaveLength(mostWords)
    expect(reading!.cut).toBe(true)
    expect(reading!.filters[0].activations).toHaveLength(mostWords + 1)
  })
})

describe('the lessons', () => {
  it.each(sentenceLanguages)('hold no sentence of the test, and all of its words: %s', async (language) => {
    const { training, test, vocabulary, longest } = await lessonsIn(language)
    const texts = async (set: typeof training): Promise<string[]> =>
      Promise.all(Array.from({ length: set.length }, async (_, i) => (await set.get(i)).text))
    const [lessons, others] = await Promise.all([texts(training), texts(test)])
    expect(others.filter((text) => lessons.includes(text))).toEqual([])
    expect(others.length).toBeGreaterThan(250)
    const divide = tokenizerFor(language)
    const unknown = others.flatMap(divide).filter((word) => !vocabulary.words.includes(word))
    expect(unknown).toEqual([])
    expect(Math.max(0, ...[...lessons, ...others].map((text) => divide(text).length))).toBe(longest)
  })
})

describe('training', () => {
  const weightsOf = async ({ network }: { readonly network: ReturnType<typeof createNetwork> }): Promise<number[]> => {
    const flat = concat(
      network.parameters().map((parameter) => parameter.view([parameter.size])),
      0,
    )
    return [...(await flat.data())]
  }

  it('gives the weights of train.fit, whether it is paused at every step or never', async () => {
    const lessons = await lessonsIn('en')
    const sessions = await Promise.all([startSession(english, lessons), startSession(english, lessons)])
    await sessions[0].advance(50, Number.POSITIVE_INFINITY)
    for (let step = 1; step <= 50; step++) {
      await sessions[1].advance(step, Number.POSITIVE_INFINITY)
      expect(sessions[1].step()).toBe(step)
    }
    const network = createNetwork(english, lessons.vocabulary.size)
    const sets = await tokenized(lessons, english)
    await train.fit({
      ...{ model: network, task: sentimentTask(network), train: sets.training, augment: hideWords },
      ...{ epochs: 2, batchSize: 32, seed: 1 },
      optimizer: optim.Adam(network.parameters(), { learningRate: 0.02 }),
    })
    const wanted = await weightsOf({ network })
    for (const session of sessions) {
      expect(await weightsOf(session)).toEqual(wanted)
      expect(session.losses).toHaveLength(50)
      expect(session.scores.map(({ step }) => step)).toEqual([0, 25, 50])
      await session.close()
    }
  })

  it('answers in between, one step at least', async () => {
    const session = await startSession(english, await lessonsIn('en'))
    await session.advance(1000, 0)
    expect(session.step()).toBe(1)
    await session.advance(1000, 0)
    expect(session.step()).toBe(2)
    await session.close()
  })

  it('begins anew for fewer steps or another network, and comes to the same weights again', async () => {
    const first = (await computeWeights({ settings: english, steps: 30 })).answer
    expect((await ask(english, 0, 'good')).step).toBe(0)
    await ask({ ...english, seed: 2 }, 5, 'good')
    expect((await computeWeights({ settings: english, steps: 30 })).answer).toEqual(first)
    expect((await computeWeights({ settings: { ...english, seed: 2 }, steps: 30 })).answer).not.toEqual(first)
  })

  it.each(sentenceLanguages)(
    'reads 19 of 20 sentences that it has never seen after 300 steps: %s',
    async (language) => {
      const { scores, losses } = await ask(settingsOf(firstText(language)), 300, 'good')
      expect(scores[0].accuracy).toBeLessThan(0.65)
      expect(scores.at(-1)).toMatchObject({ step: 300 })
      expect(scores.at(-1)!.accuracy).toBeGreaterThan(0.95)
      expect(losses).toHaveLength(300)
    },
  )

  it('cannot learn negations from one word at a time', async () => {
    const { scores } = await ask({ ...english, windows: [1] }, 300, 'good')
    expect(scores.at(-1)!.accuracy).toBeLessThan(0.85)
  })
})

describe('the model', () => {
  /** A worker that trains ten steps a question, and answers when it is told to. */
  function byHand() {
    const asked: {
      readonly question: TextQuestion
      readonly answer: () => Promise<void>
      readonly lose: () => void
    }[] = []
    let step = 0
    const engine = {
      ask: (_: string, __: unknown, question: TextQuestion) =>
        new Promise<TextAnswer>((resolve, reject) => {
          asked.push({
            question,
            answer: async () => {
              step = question.steps < step ? Math.min(10, question.steps) : Math.min(step + 10, question.steps)
              resolve({ settings: question.settings, step } as TextAnswer)
              await new Promise((done) => setTimeout(done))
            },
            lose: () => reject(new WorkerLost('gone')),
          })
        }),
    } as unknown as Engine
    return { engine, asked }
  }

  it('asks on until the network stands where it should', async () => {
    const { engine, asked } = byHand()
    const model = createText(engine, { ...firstText('en'), steps: 25 }, 'test')
    for (let i = 0; i < 3; i++) await asked[i].answer()
    expect(asked).toHaveLength(3)
    expect(model.answer.value?.step).toBe(25)
    expect(model.training.value).toBe(false)
    model.set({ filter: 3 })
    expect(asked).toHaveLength(3)
    model.set({ sentence: 'dull' })
    expect(asked[3].question).toMatchObject({ sentence: 'dull', steps: 25 })
    model.dispose()
  })

  it('never asks for fewer steps than there are when it pauses', async () => {
    const { engine, asked } = byHand()
    const model = createText(engine, { ...firstText('en'), steps: 0 }, 'test')
    await asked[0].answer()
    model.start()
    await asked[1].answer()
    expect(model.state.value.steps).toBe(10)
    model.set({ sentence: 'typed meanwhile' })
    model.pause()
    expect(model.training.value).toBe(true)
    await asked[2].answer()
    await asked[3].answer()
    expect(model.training.value).toBe(false)
    expect(model.state.value).toMatchObject({ steps: 30, sentence: 'typed meanwhile' })
    expect(asked[4].question).toMatchObject({ steps: 30, sentence: 'typed meanwhile' })
    model.step()
    expect(asked.at(-1)!.question.steps).toBe(31)
    model.dispose()
  })

  it('can be paused and asks again when the worker was lost', async () => {
    const { engine, asked } = byHand()
    const model = createText(engine, firstText('en'), 'test')
    await asked[0].answer()
    asked[1].lose()
    await new Promise((done) => setTimeout(done))
    model.pause()
    expect(model.training.value).toBe(false)
    restarts.value++
    expect(asked.at(-1)!.question.steps).toBe(10)
    model.dispose()
  })
})

describe('the address', () => {
  const anyState: fc.Arbitrary<TextState> = fc
    .record({
      language: fc.constantFrom(...sentenceLanguages),
      windows: fc.subarray([...windowChoices], { minLength: 1 }),
      maps: fc.integer({ min: 1, max: 8 }),
      seed: fc.integer({ min: 1, max: 999 }),
      steps: fc.integer({ min: 0, max: 1000 }),
      sentence: fc.string({ unit: 'grapheme', maxLength: 300 }),
    })
    .chain((state) =>
      fc
        .integer({ min: 0, max: state.windows.length * state.maps - 1 })
        .map((filter): TextState => ({ ...state, filter })),
    )

  it('gives back the state that was written', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const text = writeAddress(state).toString()
        expect(readAddress(new URLSearchParams(text), 'en')).toEqual({ state, refused: [] })
      }),
    )
  })

  it('names what it could not read, and takes the usual values instead', () => {
    const mangled = new URLSearchParams('lang=fr&windows=2,9&maps=0&seed=-1&steps=1e3&filter=99')
    expect(readAddress(mangled, 'zh')).toEqual({
      state: firstText('zh'),
      refused: ['lang', 'windows', 'maps', 'seed', 'steps', 'filter'],
    })
    expect(readAddress(new URLSearchParams('windows=,&text='), 'en').refused).toEqual(['windows'])
  })

  it('keeps the beginning of a long text, whole characters only', () => {
    const params = writeAddress({ ...firstText('en'), sentence: '😀'.repeat(5000) })
    expect(params.get('text')).toBe('😀'.repeat(1000))
  })
})

it('leaves what was typed when the language of the sentences changes', () => {
  expect(inLanguage(firstText('en'), 'zh').sentence).toBe(examples.zh[0])
  expect(inLanguage({ ...firstText('en'), sentence: 'mine' }, 'zh')).toMatchObject({ sentence: 'mine', language: 'zh' })
})
