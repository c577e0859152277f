// The view Slide as a new visitor walks it.

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { writeAddress } from '../src/slide/address.ts'
import { slide } from '../src/slide/compute.ts'
import { someStates } from '../src/slide/testing/states.ts'
import { showNumber } from '../src/words/numbers.ts'
import { canOpenPages, gridNumbers, labInBrowser, outputNumbers, walker } from './lab.ts'

const worked = [
  ['8', '10', '12', '14'],
  ['18', '20', '22', '24'],
  ['28', '30', '32', '34'],
  ['38', '40', '42', '44'],
]

describe.runIf(canOpenPages())('Slide', () => {
  const here = labInBrowser()

  const walk = walker(here)

  const formula = (page: Page): Promise<string> =>
    page
      .locator('.formula.numbers')
      .evaluate((element) => [...element.querySelectorAll('.term')].map((term) => term.textContent).join(' '))

  test('opens on the 5 × 5 example with its 4 × 4 output, its products and its formula', () =>
    walk('slide', async (page) => {
      expect(await outputNumbers(page)).toEqual(worked)
      expect(await gridNumbers(page, '.input-grid')).toEqual([
        ['1', '2', '3', '4', '5'],
        ['6', '7', '8', '9', '10'],
        ['11', '12', '13', '14', '15'],
        ['16', '17', '18', '19', '20'],
        ['21', '22', '23', '24', '25'],
      ])
      expect(await gridNumbers(page, '.kernel-grid')).toEqual([
        ['1', '0'],
        ['0', '1'],
      ])
      expect(await gridNumbers(page, '.product-grid')).toEqual([
        ['1', '0'],
        ['0', '7'],
      ])
      expect(await formula(page)).toBe('y(0, 0) = 1·1 +2·0 +6·0 +7·1 = 8')
    }))

  test('shows the library’s numbers for any convolution that its address describes', async () => {
    const states = someStates(8)
    await walk('slide', async (page) => {
      for (const state of states) {
        await page.goto(`${here.lab.url}#/slide?${writeAddress(state)}`)
        const y = slide(state)
        const values = await y.data()
        const width = y.shape[state.rank - 1]
        await page.waitForFunction(
          (count) => document.querySelectorAll('.output-grid .cell').length === count,
          values.length,
        )
        for (let channel = 0; channel < state.outputChannels; channel++) {
          const shown = (await outputNumbers(page, channel)).flat()
          const wanted = [...values].filter((_, i) => i % state.outputChannels === channel)
          expect(shown, `${writeAddress(state)}, width ${width}`).toEqual(wanted.map((value) => showNumber(value, 2)))
        }
      }
    })
  })

  test('steps, scrubs, and follows a drag of the window', () =>
    walk('slide', async (page) => {
      await outputNumbers(page)
      await page.getByRole('button', { name: 'Next window' }).click()
      expect(await formula(page)).toBe('y(0, 1) = 2·1 +3·0 +7·0 +8·1 = 10')
      await page.getByRole('slider', { name: 'Window' }).fill('15')
      expect(await formula(page)).toBe('y(3, 3) = 19·1 +20·0 +24·0 +25·1 = 44')
      await page.getByRole('button', { name: 'First window' }).click()
      const grid = (await page.locator('.input-grid').boundingBox())!
      const at = (row: number, column: number) =>
        [grid.x + ((column + 0.5) * grid.width) / 5, grid.y + ((row + 0.5) * grid.height) / 5] as const
      const [from, to] = [at(0.5, 0.5), at(2.5, 1.5)]
      await page.mouse.move(...from)
      await page.mouse.down()
      await page.mouse.move(...to, { steps: 6 })
      await page.mouse.up()
      expect(await formula(page)).toMatch(/^y\(2, 1\) = 12·1/)
      await page.waitForFunction(() => location.hash.includes('at=9'))
    }))

  test('lets products fly to their places and join the sum, and plays to the end', () =>
    walk(
      'slide?at=13',
      async (page) => {
        await outputNumbers(page)
        await page.locator('.transport label', { hasText: '4×' }).click()
        await page.getByRole('button', { name: 'Play' }).click()
        await page.waitForSelector('.chip', { state: 'attached' })
        await page.waitForFunction(() => document.querySelector('.formula.numbers')?.textContent?.startsWith('y(3, 3)'))
        await page.getByRole('button', { name: 'Play' }).waitFor()
        await page.waitForFunction(() => document.querySelector('.chip') === null)
      },
      { reducedMotion: 'no-preference' },
    ))

  test('shows what an output sees and what an input feeds', () =>
    walk('slide', async (page) => {
      await outputNumbers(page)
      await page.locator('.output-grid [data-row="1"][data-column="2"]').hover()
      expect(await page.locator('.pointed').textContent()).toBe('Output (1, 2) sees the 4 inputs framed here.')
      expect(
        await page
          .locator('.input-grid .cell.tap')
          .evaluateAll((cells) => cells.map((cell) => cell.querySelector('input')?.value)),
      ).toEqual(['8', '9', '13', '14'])
      await page.locator('.input-grid [data-row="2"][data-column="2"]').hover()
      expect(await page.locator('.pointed').textContent()).toBe('Input (2, 2) feeds the 4 outputs framed here.')
      expect(
        await page.locator('.output-grid .cell.fed').evaluateAll((cells) => cells.map((cell) => cell.textContent)),
      ).toEqual(['20', '22', '30', '32'])
    }))

  test('shows of every output channel what it sees, with its own kernel and products', () =>
    walk('slide?channels=4,2&groups=2', async (page) => {
      const watched = await outputNumbers(page, 0)
      const other = await outputNumbers(page, 1)
      const output = page.locator('.part-output .channel:nth-child(2) [data-row="1"][data-column="2"]')
      await output.hover()
      expect(await page.locator('.pointed').textContent()).toBe('Output (1, 2, 1) sees the 8 inputs framed here.')
      const seen = page.locator('.part-input .channel', { has: page.locator('.cell.tap') })
      expect(await seen.evaluateAll((all) => all.map((one) => one.getAttribute('data-channel')))).toEqual(['2', '3'])
      const names = page.locator('.part-kernel .channel-name')
      expect(await names.allTextContents()).toEqual(['from channel 3 to 2', 'from channel 4 to 2'])
      const products = (await gridNumbers(page, '.product-grid')).flat().map((text) => Number(text.replace('−', '-')))
      expect(products.reduce((a, b) => a + b)).toBe(Number(other[1][2].replace('−', '-')))
      expect(await formula(page)).toContain(`= ${other[1][2]}`)
      // Who types into a kernel keeps it under the hand.
      await page.mouse.move(0, 0)
      await page.getByLabel('Kernel from channel 1 to 1, row 1, column 2').click()
      await output.hover()
      expect(await names.first().textContent()).toBe('from channel 1 to 1')
      expect(await outputNumbers(page, 0)).toEqual(watched)
    }))

  test('takes numbers typed into the input and the kernel, and refuses what is none', () =>
    walk('slide', async (page) => {
      await outputNumbers(page)
      await page.getByLabel('Input, channel 1, row 1, column 1').fill('-2,5')
      await page.getByLabel('Kernel, row 1, column 2').fill('2')
      // −2.5·1 + 2·2 + 6·0 + 7·1
      await page.waitForFunction(() => document.querySelector('.output-grid .value')?.textContent === '8.5')
      const cell = page.getByLabel('Input, channel 1, row 1, column 1')
      await cell.fill('abc')
      expect(await cell.getAttribute('aria-invalid')).toBe('true')
      await cell.blur()
      expect(await cell.inputValue()).toBe('−2.5')
      await page.getByText('“abc” is not a number from −9999 to 9999, so −2.5 was restored.').waitFor()
      // What does not fit is corrected, and it is said to what.
      const columns = page.getByRole('group', { name: 'Size of the input' }).getByLabel('columns', { exact: true })
      await columns.fill('40')
      await columns.blur()
      await page.getByText('40 was changed to 12: the value must be a whole number from 1 to 12.').waitFor()
      await columns.fill('5')
      await columns.blur()
      await page.waitForFunction(() => location.hash.includes('w=1'))
      await page.reload()
      expect((await outputNumbers(page))[0][0]).toBe('8.5')
    }))

  test('says why a kernel does not fit, and mends it; says what it could not read of an address', () =>
    walk('slide?size=2x2&kernel=5x5', async (page) => {
      const alert = page.getByRole('alert')
      expect(await alert.textContent()).toContain('The kernel spans 5 rows, the padded input has 2')
      await alert.getByRole('button').click()
      expect(await outputNumbers(page)).toHaveLength(2)
      await page.goto(`${here.lab.url}#/slide?size=900x5&kernel=axb`)
      const notice = page.getByRole('status').filter({ hasText: 'size, kernel could not be read' })
      await notice.waitFor()
      expect(await outputNumbers(page)).toEqual(worked)
    }))

  test('answers a question, says why, and shows it', () =>
    walk('slide', async (page) => {
      const question = page.locator('[data-question="stride"]')
      await question.getByRole('button', { name: '4', exact: true }).click()
      expect(await question.textContent()).toContain('Not quite.')
      await question.getByRole('button', { name: '3', exact: true }).click()
      expect(await question.textContent()).toContain('Right.')
      await question.getByRole('button', { name: 'Show me' }).click()
      expect(await outputNumbers(page)).toHaveLength(3)
    }))

  test('leads through the view in five steps, each with something to see', () =>
    walk('slide', async (page) => {
      await page.getByRole('button', { name: 'Show me around' }).click()
      const tour = page.getByRole('region', { name: 'Show me around' })
      const titles: string[] = []
      for (let step = 1; step <= 5; step++) {
        expect(await tour.textContent()).toContain(`Step ${step} of 5`)
        titles.push(await tour.getByRole('heading').innerText())
        await outputNumbers(page)
        if (step < 5) await tour.getByRole('button', { name: 'Next' }).click()
      }
      expect(new Set(titles).size).toBe(5)
      expect(await page.locator('.output-grid').count()).toBe(2)
      await tour.getByRole('button', { name: 'End the tour' }).click()
      expect(await tour.count()).toBe(0)
    }))

  test('hands out its code and its picture', () =>
    walk('slide', async (page) => {
      await outputNumbers(page)
      const code = page.locator('[data-program]')
      expect(await code.textContent()).toContain('const output = correlate(input, kernel)')
      await page.locator('.take-home label', { hasText: 'PyTorch' }).click()
      expect(await code.textContent()).toContain('y = F.conv2d(x, w, stride=(1, 1), padding=(0, 0), dilation=(1, 1))')
      const save = async (name: string) => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name }).click(),
        ])
        return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
      }
      const svg = await save('Save as SVG')
      expect(svg.name).toBe('convolution.svg')
      const texts = [...svg.bytes.toString().matchAll(/<text [^>]*>([^<]+)<\/text>/g)].map(([, text]) => text)
      expect(texts).toEqual(expect.arrayContaining(worked.flat()))
      expect(texts).toContain('y(0, 0) = 1·1 + 2·0 + 6·0 + 7·1 = 8')
      const png = await save('Save as PNG')
      expect([...png.bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
      expect(png.bytes.length).toBeGreaterThan(5000)
    }))
})
