// A page that is left in the middle of training: reloaded, closed or crashed. It takes up the very step that was
// shown last, with the numbers of a run that was never left.

import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { canOpenPages, labInBrowser, visit } from './lab.ts'

/** A view whose network learns, and where it says how far it is. */
interface Learning {
  readonly hash: string
  readonly buttons: { readonly start: string; readonly goOn: string; readonly step: string }
  /** Elements with the numbers of steps. */
  readonly step: string
  /** There once the page stands still and has measured. */
  readonly still: string
  /** What it has to say of the run. */
  readonly facts: string
}

const buttons = { start: 'Start', goOn: 'Go on', step: 'One step' }
const train: Learning = {
  buttons,
  hash: 'train?examples=500&count=2&depth=1&epochs=50',
  step: '[data-fact="step"]',
  still: '[data-phase="paused"]',
  facts: '.standing, .matrix, [data-fact="probe"]',
}
const segment: Learning = {
  buttons,
  hash: 'segment?examples=100&depth=1&width=4&skips=both&epochs=50',
  step: '.figures [data-figure="step"] td',
  still: '[data-phase="paused"]',
  facts: '.figures',
}
const text: Learning = {
  buttons: { start: 'Train', goOn: 'Continue', step: 'Step' },
  hash: 'text?steps=0',
  step: '.training [data-name="step"]',
  still: '.training .primary:not(:disabled) + button:not(:disabled)',
  facts: '.training figcaption strong, .arithmetic .steps',
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** The steps that are shown, once each network has taken so many. */
const shownSteps = (page: Page, path: string, least: number): Promise<number[]> =>
  page
    .waitForFunction(
      ([selector, enough]) => {
        const steps = [...document.querySelectorAll(selector)].map(({ textContent }) =>
          Number(/\d+/.exec(textContent)?.[0]),
        )
        return steps.length > 0 && steps.every((step) => step >= enough) ? steps : undefined
      },
      [path, least] as const,
      { polling: 'raf' },
    )
    .then((handle) => handle.jsonValue() as Promise<number[]>)

/** Reloads the page in the very moment in which so many steps are shown, and gives them. */
async function reloadAt(page: Page, path: string, least: number): Promise<number[]> {
  const again = page.waitForEvent('load')
  await page.evaluate(
    ([selector, enough]) => {
      const look = (): void => {
        const steps = [...document.querySelectorAll(selector)].map(({ textContent }) =>
          Number(/\d+/.exec(textContent)?.[0]),
        )
        if (steps.length === 0 || steps.some((step) => step < enough)) return void requestAnimationFrame(look)
        sessionStorage.setItem('left-at', JSON.stringify(steps))
        location.reload()
      }
      setTimeout(look)
    },
    [path, least] as const,
  )
  await again
  return page.evaluate(() => JSON.parse(sessionStorage.getItem('left-at')!))
}

const factsOf = (page: Page, path: string): Promise<string[]> => page.locator(path).allInnerTexts()

/** The page as it stands, once it does. */
async function standing(page: Page, { step, still, facts }: Learning): Promise<{ steps: number[]; told: string[] }> {
  await page.waitForSelector(still)
  let told = await factsOf(page, facts)
  for (let same = 0; same < 3; ) {
    await page.waitForTimeout(250)
    const now = (await page.locator(still).count()) > 0 ? await factsOf(page, facts) : []
    same = now.length > 0 && now.join() === told.join() && !now.join().includes('–') ? same + 1 : 0
    told = now
  }
  return { steps: await shownSteps(page, step, 0), told }
}

/** Takes single steps as fast as the page lets one, until every network has taken so many. */
const stepUntil = (page: Page, { step: path, buttons: names }: Learning, enough: number): Promise<unknown> =>
  page.waitForFunction(
    ([selector, wanted, name]) => {
      const steps = [...document.querySelectorAll(selector)].map(({ textContent }) =>
        Number(/\d+/.exec(textContent)?.[0]),
      )
      const next = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name)
      if (steps.length > 0 && steps.every((step) => step >= wanted)) return true
      // Once for what is shown: the page hears of a step a moment after it was asked for.
      const shown = steps.join()
      if (next !== undefined && !next.disabled && next.dataset['asked'] !== shown) {
        next.dataset['asked'] = shown
        next.click()
      }
      return false
    },
    [path, enough, names.step] as const,
    { polling: 50, timeout: 120_000 },
  )

describe.runIf(canOpenPages())('What is left in the middle of training', () => {
  const here = labInBrowser()

  test.each([
    ['Train', train],
    ['Segment', segment],
    ['Text', text],
  ])(
    '%s stands after a reload where it was seen last, and has the numbers of a run that was never left',
    async (_, learning) => {
      const { page, close } = await visit(here.browser, here.lab, learning.hash)
      await page.waitForSelector(learning.still)
      await button(page, learning.buttons.start).click()
      // In the first moments, before anything is kept, and again later.
      const early = await reloadAt(page, learning.step, 2)
      const after = await standing(page, learning)
      for (const [i, step] of early.entries()) expect(after.steps[i]).toBeGreaterThanOrEqual(step)
      await button(page, learning.buttons.goOn).click()
      const seen = await reloadAt(page, learning.step, Math.max(...after.steps) + 9)
      const { steps } = await standing(page, learning)
      for (const [i, step] of seen.entries()) expect(steps[i]).toBeGreaterThanOrEqual(step)
      // Of networks that learn side by side one may be a step behind, and single steps are taken by that one.
      const last = Math.max(...steps)
      await stepUntil(page, learning, last)
      const left = await standing(page, learning)
      await close()
      const other = await visit(here.browser, here.lab, learning.hash)
      await stepUntil(other.page, learning, last)
      expect(left).toEqual(await standing(other.page, learning))
      await other.close()
    },
  )

  test('a tab that is closed or crashes costs no step either', async () => {
    const { page, close } = await visit(here.browser, here.lab, train.hash)
    const context = page.context()
    await page.waitForSelector(train.still)
    await button(page, 'Start').click()
    const [closed] = await shownSteps(page, train.step, 5)
    await page.close()
    const second = await context.newPage()
    await second.goto(`${here.lab.url}#/${train.hash}`)
    const afterClosing = await standing(second, train)
    expect(afterClosing.steps[0]).toBeGreaterThanOrEqual(closed)
    await button(second, 'Go on').click()
    const [crashed] = await shownSteps(second, train.step, afterClosing.steps[0] + 5)
    const session = await context.newCDPSession(second)
    const gone = second.waitForEvent('crash')
    void session.send('Page.crash').catch(() => {})
    await gone
    const third = await context.newPage()
    await third.goto(`${here.lab.url}#/${train.hash}`)
    const { steps } = await standing(third, train)
    expect(steps[0]).toBeGreaterThanOrEqual(crashed)
    await close()
  })
})
