// How long views hold up the thread of their page while they work, and how fast their networks learn.

import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { canOpenPages, labInBrowser, walker } from '../lab.ts'
import { type PageTasks, tasksDuring } from './page-tasks.ts'

/** Milliseconds of the processor that no task of a page may reach. */
const mostMilliseconds = 50

/** Visits at most: what else the machine does empties a page's caches, so that the best visit is the nearest to the page. */
const visits = 3

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

describe.runIf(canOpenPages())('The thread of the page', () => {
  const here = labInBrowser()
  const walk = walker(here)

  /** Does `work` in new visits to a view until the longest task of one is short enough; fails where none is. */
  async function staysFree(
    hash: string,
    ready: (page: Page) => Promise<unknown>,
    work: (page: Page) => Promise<void>,
  ): Promise<void> {
    const seen: PageTasks[] = []
    do
      await walk(hash, async (page) => {
        await ready(page)
        seen.push(await tasksDuring(here.browser, page, () => work(page)))
      })
    while (seen.length < visits && seen.every(({ longest }) => longest >= mostMilliseconds))
    const { count, longest, longestByClock } = seen.reduce((best, one) => (one.longest < best.longest ? one : best))
    console.log(
      `${hash}: longest of ${count} tasks ${longest.toFixed(0)} ms, ${longestByClock.toFixed(0)} ms by the clock (visit ${seen.length})`,
    )
    expect(longest, 'a longest task that was measured').toBeGreaterThan(1)
    expect(longest).toBeLessThan(mostMilliseconds)
  }

  test('stays free in Train, which reads 97 of 100 digits within a minute (measured, printed)', async () => {
    let seconds = Number.POSITIVE_INFINITY
    await staysFree(
      'train',
      (page) => page.waitForSelector('.standing[data-phase="paused"]'),
      async (page) => {
        const start = performance.now()
        await button(page, 'Start').click()
        await page.waitForFunction(
          () => Number.parseFloat(document.querySelector('[data-fact="accuracy"]')?.textContent ?? '') >= 97,
          undefined,
          { timeout: 60_000 },
        )
        seconds = Math.min(seconds, (performance.now() - start) / 1000)
        const facts = await page.locator('.run-panel .facts').innerText()
        console.log(`97% of digits after ${seconds.toFixed(1)} s (${facts.replace(/\s+/g, ' ')})`)
      },
    )
    expect(seconds).toBeLessThan(60)
  })

  test('stays free in Segment, which finds masks of 80% mean IoU within twelve epochs (measured, printed)', async () => {
    let [seconds, steps] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    await staysFree(
      'segment',
      (page) => page.waitForSelector('.run-place[data-phase="paused"]'),
      async (page) => {
        const start = performance.now()
        await button(page, 'Start').click()
        const found = await page.waitForFunction(
          () => {
            const cell = document.querySelector<HTMLElement>('.figures [data-figure="iou"] td')
            return Number.parseFloat(cell?.textContent ?? '') >= 80 ? Number(cell?.dataset['measured']) : 0
          },
          undefined,
          { timeout: 120_000 },
        )
        steps = await found.jsonValue()
        seconds = Math.min(seconds, (performance.now() - start) / 1000)
        const facts = await page.locator('.run-panel .facts').innerText()
        console.log(`80% mean IoU after ${seconds.toFixed(1)} s and ${steps} steps (${facts.replace(/\s+/g, ' ')})`)
      },
    )
    expect(steps).toBeLessThanOrEqual(300)
    expect(seconds).toBeLessThan(60)
  })

  test('stays free in Text while a network learns (measured, printed)', () =>
    staysFree(
      'text?steps=0',
      async (page) => {
        await page.waitForSelector('.take-home')
        await page.locator('[data-name="step"]', { hasText: /^\D*0\b/ }).waitFor()
      },
      async (page) => {
        await page.getByRole('button', { name: 'Train' }).click()
        await page.waitForFunction(
          () => Number(/\d+/.exec(document.querySelector('[data-name="step"]')?.textContent ?? '')) >= 150,
        )
        await page.getByRole('button', { name: 'Pause' }).click()
      },
    ))

  test('stays free in Inside while it climbs and covers (measured, printed)', () =>
    staysFree(
      'inside?layer=9&map=3',
      (page) => page.waitForSelector('.arithmetic[data-kind="convolution"]', { timeout: 45_000 }),
      async (page) => {
        const step = page.locator('[data-name="ascent-step"]')
        await page.getByRole('button', { name: 'Next picture' }).click()
        // Watched from before, frame by frame: on a fast machine all steps take a tenth of a second.
        const begun = page.waitForFunction(
          () => !document.querySelector('[data-name="ascent-step"]')?.textContent?.includes('Step 128 of 128'),
          undefined,
          { polling: 'raf' },
        )
        await page.getByRole('button', { name: 'From other noise' }).click()
        await begun
        await step.filter({ hasText: 'Step 128 of 128' }).waitFor()
      },
    ))
})
