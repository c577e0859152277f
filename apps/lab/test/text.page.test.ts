// The view Text as a new visitor walks it: sentences good and bad, training, filters, a lost worker, what is taken home.

import { readFile } from 'node:fs/promises'
import { formats } from 'convoke'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { lessonsIn } from '../src/text/lessons.ts'
import { createNetwork } from '../src/text/network.ts'
import { phraseOf } from '../src/text/phrases.ts'
import { read } from '../src/text/reading.ts'
import { firstText, settingsOf } from '../src/text/state.ts'
import { canOpenPages, labInBrowser, walker } from './lab.ts'

/** The numbers of a text, with its minus signs as one types them. */
const numbersIn = (text: string): number[] =>
  (text.replaceAll('−', '-').match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number)

const close = (actual: readonly number[], wanted: readonly number[]): void => {
  expect(actual).toHaveLength(wanted.length)
  for (const [i, value] of wanted.entries()) expect(Math.abs(actual[i] - value)).toBeLessThan(0.002)
}

describe.runIf(canOpenPages())('Text', () => {
  const here = labInBrowser()

  const walk = walker(here)

  const atStep = (page: Page, step: number): Promise<unknown> =>
    page.waitForFunction(
      (wanted) => numbersOf(document.querySelector('[data-name="step"]')?.textContent)[0] === wanted,
      step,
    )
  const stepNow = async (page: Page): Promise<number> =>
    numbersIn((await page.locator('[data-name="step"]').textContent()) ?? '')[0]

  const save = async (page: Page, name: string): Promise<{ name: string; bytes: Buffer }> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
  }

  const helpers = { content: 'globalThis.numbersOf = (text) => (text?.match(/\\d+/g) ?? []).map(Number)' }
  const prepare = async (page: Page): Promise<void> => {
    await page.evaluate(helpers.content)
    await page.waitForSelector('.take-home')
  }

  test('learns at once, and shows of a sentence what the library computes with the same weights', () =>
    walk('text', async (page) => {
      await prepare(page)
      await atStep(page, 300)
      expect(await page.locator('.words .word').allTextContents()).toEqual(['the', 'film', 'is', 'not', 'bad'])
      expect(await page.locator('.verdict-word').textContent()).toMatch(/^Positive, \d/)
      const file = await save(page, 'Save the weights')
      expect(file.name).toBe('textcnn.safetensors')

      const { sentence, ...state } = firstText('en')
      const lessons = await lessonsIn('en')
      const network = createNetwork(settingsOf(state), lessons.vocabulary.size)
      network.loadState(formats.fromHost(formats.decodeSafetensors(new Uint8Array(file.bytes)).tensors))
      const wanted = read(network, settingsOf(state), lessons, sentence)!
      const rows = await page.locator('.winners .winner-row').evaluateAll((all) =>
        all.map((row) => ({
          phrase: row.querySelector('.winner-phrase')!.textContent,
          sum: row.querySelector('.winner-sum')!.textContent!,
        })),
      )
      expect(rows).toHaveLength(12)
      for (const [i, { phrase, sum }] of rows.entries()) {
        const filter = wanted.filters[i]
        if (filter.pooled > 0)
          expect(phrase).toBe(phraseOf({ settings: settingsOf(state) }, wanted, filter) || '(padding)')
        else expect(phrase).toBe('silent')
        close(numbersIn(sum), [filter.pooled, filter.weight, filter.contribution])
      }
      const number = async (name: string): Promise<number[]> =>
        numbersIn((await page.locator(`.winners-sum [data-name="${name}"]`).textContent())!)
      close(await number('bias'), [wanted.bias])
      close(await number('logit'), [wanted.logit])
      expect((await number('probability')).at(-1)).toBeCloseTo(wanted.probability, 2)
      // What is shown adds up by itself.
      const added = rows.reduce((total, { sum }) => total + numbersIn(sum)[2], (await number('bias'))[0])
      expect(Math.abs(added - (await number('logit'))[0])).toBeLessThan(0.01)
    }))

  test('trains, pauses, steps and begins anew, and comes back to its step after a reload', () =>
    walk('text?steps=0', async (page) => {
      await prepare(page)
      await atStep(page, 0)
      await page.getByText('Not trained yet').waitFor()
      await page.getByRole('button', { name: 'Step', exact: true }).click()
      await atStep(page, 1)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.waitForFunction(() => numbersOf(document.querySelector('[data-name="step"]')?.textContent)[0] > 30)
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByRole('button', { name: 'Continue' }).waitFor()
      const paused = await stepNow(page)
      await page.waitForTimeout(300)
      expect(await stepNow(page)).toBe(paused)
      await page.waitForFunction((step) => location.hash.includes(`steps=${step}`), paused)
      const logit = await page.locator('[data-name="logit"]').textContent()
      await page.reload()
      await prepare(page)
      await atStep(page, paused)
      expect(await page.locator('[data-name="logit"]').textContent()).toBe(logit)
      await page.getByRole('button', { name: 'Reset' }).click()
      await atStep(page, 0)
      await page.waitForFunction(() => location.hash.includes('steps=0'))
    }))

  test('reads what is typed, names unknown words, and goes on from empty, strange and endless texts', () =>
    walk('text?steps=100', async (page) => {
      await prepare(page)
      const box = page.getByLabel('Type a sentence')
      const status = page.locator('.sentence-notices')
      await box.fill('A kafkaesque film')
      await status.getByText('Not in the training sentences: kafkaesque.').waitFor()
      expect(await page.locator('.word.unknown').count()).toBe(1)
      await page.waitForFunction(() => location.hash.includes('text=A+kafkaesque+film'))
      await box.fill('Blimey gadzooks')
      await status.getByText('The network knows none of these words').waitFor()
      await box.fill('  ')
      await status.getByText('There are no words to read').waitFor()
      expect(await page.locator('.ngrams').count()).toBe(0)
      await page.getByRole('button', { name: 'What a dull story!' }).click()
      await page.waitForFunction(() => document.querySelectorAll('.words .word').length === 5)
      expect(await box.inputValue()).toBe('What a dull story!')
      const endless = 'not bad '.repeat(5000)
      await box.fill(endless)
      await status.getByText('Only the first 48 words are read.').waitFor()
      expect(await page.locator('.words .word').count()).toBe(48)
      expect(await box.inputValue()).toBe(endless)
      await page.waitForTimeout(400)
      expect((await page.evaluate(() => location.hash)).length).toBeLessThan(1500)
    }))

  test('shows the n-gram and the arithmetic of the filter that is pointed at or chosen', () =>
    walk('text?lang=en&steps=100', async (page) => {
      await prepare(page)
      await atStep(page, 100)
      const rows = page.locator('.winners .winner-row')
      const won = () => page.locator('.words .word.won').allTextContents()
      const shown = async (at: number) => {
        const phrase = (await rows.nth(at).locator('.winner-phrase').textContent())!
        const name = (await rows.nth(at).locator('.unseen').last().textContent())!.replace(':', '')
        const sum = numbersIn((await rows.nth(at).locator('.winner-sum').textContent())!)
        expect(await page.locator('.arithmetic [data-name="phrase"]').textContent()).toContain(name)
        if (phrase !== 'silent' && phrase !== '(padding)')
          expect((await won()).join(' ')).toBe(phrase.replaceAll(' ·', ''))
        expect(numbersIn((await page.locator('[data-name="contribution"]').textContent())!)).toEqual(sum)
        const [products, bias, total] = numbersIn((await page.locator('[data-name="sum"]').textContent())!)
        expect(products + bias).toBeCloseTo(total, 2)
        const cells = await page.locator('[data-name="products"] .number-box').allTextContents()
        expect(cells.length % 8).toBe(0)
        const added = cells.flatMap(numbersIn).reduce((one, other) => one + other, 0)
        expect(Math.abs(added - products)).toBeLessThan(0.005 * cells.length + 0.001)
      }
      for (const at of [1, 5, 9]) {
        await rows.nth(at).hover()
        await shown(at)
      }
      await page.locator('h1').hover()
      await shown(0)
      await rows.nth(0).locator('input').focus()
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown')
      await shown(4)
      await page.waitForFunction(() => location.hash.includes('filter=5'))
      await page.locator('.ngrams .answer').nth(7).click()
      await page.waitForFunction(() => location.hash.includes('filter=8'))
    }))

  test('makes networks of other windows and filters; one window stays', () =>
    walk('text?lang=en&steps=10&filter=12', async (page) => {
      await prepare(page)
      const window = (name: string) => page.getByRole('checkbox', { name, exact: true })
      await window('2 words').uncheck({ force: true })
      await window('4 words').uncheck({ force: true })
      await page.getByRole('button', { name: 'Filters per window: one less' }).click()
      await page.waitForFunction(() => document.querySelectorAll('.winners .winner-row').length === 3)
      expect(await window('3 words').isDisabled()).toBe(true)
      await window('1 word').check({ force: true })
      await page.waitForFunction(() => document.querySelectorAll('.winners .winner-row').length === 6)
      await page.waitForFunction(() => /windows=1%2C3&maps=3.*filter=3/.test(location.hash))
      expect(await page.locator('.ngrams .answer').count()).toBe(6 * 6)
    }))

  test('reads Chinese, in a page in Chinese', () =>
    walk(
      'text',
      async (page) => {
        await prepare(page)
        await atStep(page, 300)
        expect(await page.locator('h1').textContent()).toBe('文本')
        expect(await page.locator('.words .word').allTextContents()).toContain('难看')
        expect(await page.locator('.verdict-word').textContent()).toMatch(/^正面/)
        await page.getByRole('button', { name: '故事真是无聊！' }).click()
        await page.waitForFunction(() => document.querySelector('.verdict-word')?.textContent?.startsWith('负面'))
        await page.locator('label', { hasText: '英文' }).click()
        await page.waitForFunction(() => document.querySelector('.words .word')?.textContent === 'what')
      },
      { locale: 'zh-CN' },
    ))

  test('leads through the view in five steps, and says what it could not read of an address', () =>
    walk('text?windows=9&steps=many&maps=2', async (page) => {
      await prepare(page)
      await page.getByText('windows, steps could not be read').waitFor()
      await page.getByRole('button', { name: 'Show me around' }).click()
      const tour = page.getByRole('region', { name: 'Show me around' })
      for (let step = 1; step <= 5; step++) {
        expect(await tour.textContent()).toContain(`Step ${step} of 5`)
        if (step < 5) await tour.getByRole('button', { name: 'Next' }).click()
        if (step === 4) await page.waitForFunction(() => document.querySelectorAll('.winners .winner-row').length === 4)
      }
    }))

  test('hands out its code and its picture', () =>
    walk('text?lang=en&steps=20&text=a+dull+%3Cfilm%3E', async (page) => {
      await prepare(page)
      await atStep(page, 20)
      const code = page.locator('[data-program]')
      expect(await code.textContent()).toContain('"a", "dull", "film",')
      await page.locator('.take-home label', { hasText: 'TensorFlow' }).click()
      expect(await code.textContent()).toContain('tf.nn.conv1d')
      const svg = await save(page, 'Save as SVG')
      expect(svg.name).toBe('textcnn.svg')
      const texts = [...svg.bytes.toString().matchAll(/<text [^>]*>([^<]+)<\/text>/g)].map(([, text]) => text)
      expect(texts).toEqual(expect.arrayContaining(['dull', 'film', 'word vector', '2 words', 'logit (sum)']))
      expect(texts).toContain(await page.locator('[data-name="logit"]').textContent())
      expect(texts).toContain(await page.locator('.winners .winner-sum').first().textContent())
      const png = await save(page, 'Save as PNG')
      expect(png.bytes.length).toBeGreaterThan(5000)
    }))
})

/** In the page: the whole numbers of a text. */
declare function numbersOf(text: string | null | undefined): number[]
