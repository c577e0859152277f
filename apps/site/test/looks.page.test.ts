// What main pages look like to everybody: no serious violation that axe-core finds, nothing wider than the screen, nothing asked of other
// origins; in both languages and themes, at three widths.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { describe, expect, test } from 'vitest'
import { canOpenPages, siteInBrowser, visit } from './served.ts'

declare const axe: { run(): Promise<AxeResults> }

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const pages = {
  en: [
    '/',
    '/introduction.html',
    '/guides/start-library.html',
    '/guides/convolution.html',
    '/guides/pictures-in-a-page.html',
    '/guides/ranks.html',
    '/performance.html',
    '/formulas.html',
    '/decisions/',
    '/reference/',
    '/reference/convoke/',
    '/reference/convoke/functions/conv2d.html',
    '/reference/convoke/nn/interfaces/ConvLayerOptions.html',
  ],
  zh: [
    '/zh/',
    '/zh/introduction.html',
    '/zh/guides/start-page.html',
    '/zh/guides/convolution.html',
    '/zh/guides/pictures-in-a-page.html',
    '/zh/guides/ranks.html',
  ],
}

describe.skipIf(!canOpenPages())('The site', () => {
  const here = siteInBrowser()
  const walks = (['en', 'zh'] as const).flatMap((language) =>
    (['light', 'dark'] as const).map((theme) => [language, theme] as const),
  )

  test.each(walks)('in %s, %s, can be read by everybody at every width', async (language, theme) => {
    const { page, complaints, close } = await visit(here, { colorScheme: theme })
    const wrong: string[] = []
    for (const path of pages[language]) {
      await page.setViewportSize({ width: 1440, height: 900 })
      await page.goto(here.url + path)
      await page.waitForSelector('h1')
      for (const [width, height] of [
        [1440, 900],
        [768, 1024],
        [360, 780],
      ]) {
        await page.setViewportSize({ width, height })
        const widest = await page.evaluate(() => document.documentElement.scrollWidth)
        if (widest > width) wrong.push(`${path} is ${widest} wide on a screen of ${width}`)
        if (width === 768) continue
        await page.evaluate(axeSource)
        const { violations } = await page.evaluate(() => axe.run())
        for (const { id, impact, nodes } of violations)
          if (impact === 'serious' || impact === 'critical')
            wrong.push(
              `${path} at ${width}: ${id}, ${nodes.length} times: ${nodes[0].html.slice(0, 120)} ${nodes[0].failureSummary?.split('\n')[1] ?? ''}`,
            )
      }
    }
    await close()
    expect([...wrong, ...complaints]).toEqual([])
  })

  test('leads from a page to the same page in the other language, and to the first where there is none', async () => {
    const { page, close } = await visit(here)
    await page.setViewportSize({ width: 1440, height: 900 })
    const otherLanguage = async (path: string): Promise<string> => {
      await page.goto(here.url + path)
      const link = page.locator('.VPNavBarTranslations a').first()
      return new URL((await link.getAttribute('href')) ?? '', here.url).pathname
    }
    expect(await otherLanguage('/guides/loop.html')).toBe('/zh/guides/loop.html')
    expect(await otherLanguage('/zh/guides/loop.html')).toBe('/guides/loop.html')
    expect(await otherLanguage('/zh/')).toBe('/')
    expect(await otherLanguage('/engine.html')).toBe('/zh/')
    await close()
  })

  test('finds words in both languages', async () => {
    const { page, close } = await visit(here)
    await page.setViewportSize({ width: 1440, height: 900 })
    const firstFound = async (path: string, words: string): Promise<string> => {
      await page.goto(here.url + path)
      await page.locator('.VPNavBarSearch button').first().click()
      await page.locator('.search-input').fill(words)
      return await page.locator('.results .result').first().innerText()
    }
    expect(await firstFound('/', 'clipByNorm')).toContain('clipByNorm')
    expect(await firstFound('/zh/', '手写循环')).toMatch(/循环/)
    await close()
  })
})
