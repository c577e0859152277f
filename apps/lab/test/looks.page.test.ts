// Every view in both languages and both themes: accessible to axe, nothing cut off at three widths, all of it by keyboard.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { canOpenPages, labInBrowser, visit } from './lab.ts'
import { scenes } from './scenes.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe holds against the page, serious or critical. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
    return (await axe.run()).violations
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`)
}

/** Texts that reach out of the element they stand in or out of the window, unless that scrolls, and a page wider than its window. */
const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = []
    const { clientWidth, scrollWidth } = document.documentElement
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide in ${clientWidth}`)
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement!
      if (
        node.textContent!.trim() === '' ||
        parent.closest('.unseen, pre, option, script, noscript, svg, .skip, .ngrams-scroll, .overview-scroll') !== null
      )
        continue
      const range = document.createRange()
      range.selectNodeContents(node)
      let box: Element = parent
      while (getComputedStyle(box).display.startsWith('inline') && box.parentElement !== null) {
        if (getComputedStyle(box).display !== 'inline') break
        box = box.parentElement
      }
      const [text, around] = [range.getBoundingClientRect(), box.getBoundingClientRect()]
      const out = text.left < around.left - 1 || text.right > around.right + 1 || text.bottom > around.bottom + 1
      if (out || text.right > clientWidth + 1 || text.left < -1)
        found.push(
          `"${node.textContent!.trim().slice(0, 40)}" in <${box.tagName.toLowerCase()} class="${box.className}">`,
        )
    }
    for (const input of document.querySelectorAll<HTMLInputElement>('input.number-input'))
      if (input.scrollWidth > input.clientWidth + 1) found.push(`the number ${input.value} in its cell`)
    return found
  })

/** Where Tab goes, from the start of the page until it leaves it. */
async function walkByTab(page: Page): Promise<{ steps: number; missed: string[] }> {
  await page.evaluate(() => {
    const page = globalThis as unknown as { reached: Set<Element> }
    page.reached = new Set()
    addEventListener('focusin', ({ target }) => page.reached.add(target as Element))
    ;(document.activeElement as HTMLElement | null)?.blur()
  })
  let steps = 0
  for (; steps < 200; steps++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(() => document.activeElement === document.body)) break
  }
  const missed = await page.evaluate(() => {
    const { reached } = globalThis as unknown as { reached: Set<Element> }
    const wanted = document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, [tabindex="0"]')
    const has = (element: HTMLElement): boolean => {
      if (reached.has(element) || element.matches(':disabled')) return true
      // Of a group of radios Tab reaches one, of a grid of cells one: arrows reach the others.
      if (element instanceof HTMLInputElement && element.type === 'radio')
        return [...document.querySelectorAll(`input[name="${element.name}"]`)].some((one) => reached.has(one))
      const grid = element.closest('[role="grid"]')
      return grid !== null && [...reached].some((one) => grid.contains(one))
    }
    return [...wanted].filter((element) => !has(element)).map((element) => element.outerHTML.slice(0, 120))
  })
  return { steps, missed }
}

const quickSegment = 'segment?examples=100&depth=1&width=4'

describe.runIf(canOpenPages())('The lab', () => {
  const here = labInBrowser()

  const looks = ['en-GB', 'zh-CN'].flatMap((locale) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ locale, colorScheme })),
  )

  test.each(looks)(
    'has no serious violation and nothing cut off: $locale, $colorScheme',
    async (look) => {
      const opened = await visit(here.browser, here.lab, '', look)
      const { page } = opened
      expect(await page.locator('html').getAttribute('lang')).toBe(look.locale === 'zh-CN' ? 'zh-Hans' : 'en')
      expect(await page.locator('html').getAttribute('data-theme')).toBe(look.colorScheme)
      const firstLook = look === looks[0]
      for (const [name, hash] of Object.entries(scenes)) {
        // A thousand cells take their time, and look alike in every look.
        if (name.includes('large') && !firstLook) continue
        await page.goto(`${here.lab.url}#/${hash}`)
        await page.waitForSelector(hash === '' ? '.home svg' : '.take-home, .misfit, .stack-rows, .own')
        if (hash.startsWith('segment')) await page.waitForSelector('.strip-row')
        for (const width of [1440, 768, 360]) {
          await page.setViewportSize({ width, height: 900 })
          expect(await overflowing(page), `${name} at ${width}`).toEqual([])
        }
        // Every view in every look; further states of them once.
        const further = name.includes(',')
        if (!further || (firstLook && !name.includes('large'))) expect(await violations(page), name).toEqual([])
        await page.setViewportSize({ width: 1440, height: 900 })
      }
      expect(opened.complaints).toEqual([])
      await opened.close()
      // Every scene at three widths takes its time where other work goes on beside it.
    },
    120_000,
  )

  test('lines up the titles and the buttons of the first page, row by row', async () => {
    const { page, close } = await visit(here.browser, here.lab, '', { locale: 'zh-CN' })
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.waitForSelector('.home svg')
    const places = await page.locator('.miniature').evaluateAll((cards) =>
      cards.map((card) => {
        const top = (selector: string): number =>
          Math.round(card.querySelector(selector)!.getBoundingClientRect().top - card.getBoundingClientRect().top)
        return { row: Math.round(card.getBoundingClientRect().top), title: top('h2'), button: top('a') }
      }),
    )
    expect(new Set(places.map(({ row }) => row)).size).toBe(4)
    for (const one of places)
      expect(places.filter(({ row }) => row === one.row).map(({ row: _, ...rest }) => rest)).toEqual(
        places.filter(({ row }) => row === one.row).map(() => ({ title: one.title, button: one.button })),
      )
    await close()
  })

  test('is Chinese to its marks in every view', async () => {
    const { page, close } = await visit(here.browser, here.lab, '', { locale: 'zh-CN' })
    for (const hash of [
      '',
      'slide',
      'filters',
      'shapes',
      'train?examples=500',
      'inside',
      'text?steps=5',
      quickSegment,
    ]) {
      await page.goto(`${here.lab.url}#/${hash}`)
      await page.waitForSelector(hash === '' ? '.home svg' : '.take-home')
      if (hash === 'inside') await page.waitForSelector('.arithmetic[data-kind="convolution"]')
      if (hash === 'filters') await page.waitForSelector('.probe-sum')
      const texts = await page.evaluate(() => {
        const said = [...document.querySelectorAll('[aria-label]')].map((one) => one.getAttribute('aria-label')!)
        const shown = [
          ...document.querySelectorAll<HTMLElement>('p, li, label, legend, figcaption, h1, h2, h3, dt, th'),
        ]
        return [...said, ...shown.filter((one) => one.closest('[lang="en"], pre') === null).map((one) => one.innerText)]
      })
      expect(texts.length).toBeGreaterThan(10)
      // Half-width marks beside a Chinese character, and spaces behind full-width marks. Formulas have their own.
      const wrong =
        /\p{Script=Han} ?[(),:;!?]|[,)] ?\p{Script=Han}|\p{Script=Han}\.(\s|$)|[.:] \p{Script=Han}|[。，；：）] +[^\s·]| “|” /u
      expect(
        texts.flatMap((text) => text.split('\n')).filter((line) => wrong.test(line) && !/ = .*\d/.test(line)),
        hash,
      ).toEqual([])
    }
    await close()
  })

  test.each([
    '',
    'slide',
    'filters',
    'slide?channels=2,2&groups=2&axes=1',
    'shapes',
    'train?examples=500',
    'inside',
    'text?steps=0',
    'segment?examples=100',
  ])('is walked by Tab: #/%s', async (hash) => {
    const { page, close } = await visit(here.browser, here.lab, hash)
    await page.waitForSelector(hash === '' ? '.home svg' : '.take-home')
    // What was measured comes a moment later.
    if (hash.startsWith('segment')) await page.waitForSelector('.strip-row')
    if (hash.startsWith('train')) await page.waitForSelector('.cell-pictures .tile')
    const { steps, missed } = await walkByTab(page)
    expect(missed).toEqual([])
    expect(steps).toBeGreaterThan(4)
    expect(steps).toBeLessThan(200)
    await close()
  })

  test.each(['slide', 'filters', 'shapes', 'train?examples=500', 'inside', 'text?steps=0', 'segment?examples=100'])(
    'shows around in five steps at most, the formulas at hand: #/%s',
    async (hash) => {
      const { page, complaints, close } = await visit(here.browser, here.lab, hash)
      await page.getByRole('button', { name: 'Show me around' }).click()
      const tour = page.getByRole('region', { name: 'Show me around' })
      const [, count] = /Step 1 of (\d)/.exec(await tour.innerText()) ?? []
      expect(Number(count)).toBeGreaterThan(2)
      expect(Number(count)).toBeLessThanOrEqual(5)
      for (let step = 1; step < Number(count); step++) await tour.getByRole('button', { name: 'Next' }).click()
      const [sheet] = await Promise.all([
        page.context().waitForEvent('page'),
        tour.getByRole('link', { name: 'All formulas on one page' }).click(),
      ])
      await sheet.waitForLoadState()
      expect(await sheet.textContent('body')).toContain('# Formula sheet')
      expect(complaints).toEqual([])
      await close()
    },
  )

  test('is walked by arrows within a grid, and changes language and colours by keyboard', async () => {
    const { page, close } = await visit(here.browser, here.lab, 'slide')
    await page.waitForSelector('.take-home')
    await page.getByLabel('Input, channel 1, row 1, column 1').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Input, channel 1, row 2, column 2',
    )
    await page.keyboard.type('70')
    await page.waitForFunction(() => document.querySelector('.output-grid .value')?.textContent === '71')
    await page.getByLabel('Language').selectOption('zh')
    expect(await page.locator('h1').textContent()).toBe('滑动')
    await page.getByRole('button', { name: '深色' }).press('Enter')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.reload()
    await page.waitForSelector('h1')
    expect(await page.locator('h1').textContent()).toBe('滑动')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await close()
  })
})
