// Every example that runs in the page is run there, and shows what the page says.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bilingual, root } from '../src/addresses.ts'
import { canOpenPages, siteInBrowser, visit } from './served.ts'

/** English pages that have such examples, with their number. */
const pages = bilingual().flatMap((page) => {
  const file =
    page === 'index.md' ? 'apps/site/pages/index.md' : page === 'introduction.md' ? 'README.md' : `docs/${page}`
  const count = [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/^```ts run$/gm)].length
  return count === 0 ? [] : [[`/${page.replace(/index\.md$/, '').replace(/\.md$/, '.html')}`, count] as const]
})

describe.skipIf(!canOpenPages())('Examples in the page', () => {
  const here = siteInBrowser()

  test('are there', () => expect(pages.length).toBeGreaterThan(5))

  test.each(pages)('%s: all %i of them run', async (path, count) => {
    const { page, complaints, close } = await visit(here)
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(here.url + path)
    const examples = page.locator('.live')
    expect(await examples.count()).toBe(count)
    for (let at = 0; at < count; at++) {
      const example = examples.nth(at)
      await example.locator('.live-run').click()
      await example
        .locator('.live-state:has-text(", in your browser"), .live-result[data-kind=error]')
        .first()
        .waitFor({ timeout: 200_000 })
      expect(await example.locator('.live-result[data-kind=error]').allInnerTexts()).toEqual([])
    }
    await close()
    expect(complaints).toEqual([])
  })

  test('show values and pictures beside their lines', async () => {
    const { page, close } = await visit(here)
    await page.goto(`${here.url}/guides/start-library.html`)
    const first = page.locator('.live').first()
    await first.locator('.live-run').click()
    await first.locator('.live-result').nth(1).waitFor()
    expect(await first.locator('.live-result').allInnerTexts()).toEqual([
      expect.stringMatching(/line 6\s+tensor float32 \[3, 3\] \[\[0, 9, 0\],\s+\[0, 9, 0\],\s+\[0, 9, 0\]\]/),
      expect.stringMatching(/line 7\s+\[ ?3, 4 ?\]/),
    ])
    await page.goto(`${here.url}/`)
    await page.locator('.live-run').click()
    const canvas = page.locator('.live-result canvas')
    await canvas.waitFor()
    const { width, height, colours } = await canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement
      const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
      return { width, height, colours: new Set(data.filter((_, at) => at % 4 === 0)).size }
    })
    expect([width, height]).toEqual([160, 160])
    expect(colours).toBeGreaterThan(100)
    await close()
  })

  test('can be changed, run by the keyboard, stopped and restored, and say in which line they fail', async () => {
    const { page, close } = await visit(here)
    await page.goto(`${here.url}/guides/start-library.html`)
    const example = page.locator('.live').first()
    const type = async (text: string): Promise<void> => {
      await example.locator('.cm-content').click()
      await page.keyboard.press('Control+A')
      await page.keyboard.insertText(text)
      await page.keyboard.press('Control+Enter')
    }
    await example.getByRole('button', { name: 'Edit' }).click()
    await example.locator('.cm-content').waitFor()
    await type("import { tensor } from 'convoke'\nconst x: number = 2\ntensor([x, 3]).shape")
    await example.locator('.live-result').waitFor()
    expect(await example.locator('.live-results').innerText()).toMatch(/line 3\s+\[ ?2 ?\]/)

    await type("import { conv2d, ones } from 'convoke'\n\nconv2d(ones([1, 4, 4, 3]), ones([3, 3, 1, 8]))")
    const error = example.locator('.live-result[data-kind=error]')
    await error.waitFor()
    expect(await error.innerText()).toMatch(/line 3\s+ConvokeError: conv2d: the filter expects 1 input channel/)

    await type('for (;;) {}')
    await example.getByRole('button', { name: 'Stop' }).click()
    expect(await example.locator('.live-state').innerText()).toBe('Stopped')

    await example.getByRole('button', { name: 'Restore' }).click()
    expect(await example.innerText()).toContain('how much larger the right neighbour is')
    await close()
  })
})
