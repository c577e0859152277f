// Two tabs of one browser that train the same: one keeps the run, and what is kept is written over by none but at a word.

import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { canOpenPages, labInBrowser, visit } from './lab.ts'

describe.runIf(canOpenPages())('Two tabs', () => {
  const here = labInBrowser()

  const open = async (page: Page, hash: string, ready: string): Promise<void> => {
    await page.goto(`${here.lab.url}#/${hash}`)
    await page.waitForSelector(ready)
  }
  const standsAt = (page: Page, fact: string, step: number): Promise<unknown> =>
    page.waitForFunction(([path, wanted]) => document.querySelector(path)?.textContent === wanted, [
      fact,
      String(step),
    ] as const)
  const step = async (page: Page, fact: string, to: number): Promise<void> => {
    await page.getByRole('button', { name: 'One step' }).click()
    await standsAt(page, fact, to)
    // It is kept a moment later.
    await page.waitForTimeout(300)
  }
  const elsewhere = (page: Page) => page.getByRole('status').filter({ hasText: 'that tab saves it' })

  test.each([
    ['train', 'train?examples=500&count=2&depth=1', '[data-phase="paused"]', '[data-fact="step"]'],
    ['segment', 'segment?examples=100&depth=1&width=4', '.strip-row', '[data-figure="step"] td'],
  ])(
    'of %s do not write over each other’s run; the second may take over, and the first back',
    async (_, hash, ready, fact) => {
      const { page: first, complaints, close } = await visit(here.browser, here.lab, hash)
      await first.waitForSelector(ready)
      await step(first, fact, 1)
      const second = await first.context().newPage()
      await open(second, hash, ready)
      await elsewhere(second).waitFor()
      await standsAt(second, fact, 1)
      for (const to of [2, 3]) await step(second, fact, to)
      expect(await elsewhere(first).count()).toBe(0)
      // The first is as it was, after a reload as well.
      await first.reload()
      await standsAt(first, fact, 1)
      await second.getByRole('button', { name: 'Save this one instead' }).click()
      await elsewhere(first).waitFor()
      await elsewhere(second).waitFor({ state: 'detached' })
      await second.waitForTimeout(300)
      await second.reload()
      await standsAt(second, fact, 3)
      expect(await elsewhere(second).count()).toBe(0)
      expect(complaints).toEqual([])
      await close()
    },
  )

  test('add drawings to one collection', async () => {
    const { page: first, close } = await visit(here.browser, here.lab, 'train?source=drawings')
    const add = async (page: Page, name: string): Promise<void> => {
      await page.getByLabel('Name of a new class').fill(name)
      await page.getByRole('button', { name: 'Add class' }).click()
    }
    await add(first, 'sun')
    const second = await first.context().newPage()
    await open(second, 'train?source=drawings', '.own-class')
    await add(second, 'moon')
    await first.waitForFunction(() => document.querySelectorAll('.own-class').length === 2)
    await add(first, 'star')
    await second.waitForFunction(() => document.querySelectorAll('.own-class').length === 3)
    await close()
  })
})
