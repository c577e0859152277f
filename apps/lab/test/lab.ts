// The built lab in Debian's Chromium, as a visitor has it.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Lab, serveLab } from '../../../packages/cli/src/lab/serve.ts'

// Pages take their time on a machine that does other work as well.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
export const builtLab = fileURLToPath(new URL('../../../packages/cli/dist/lab', import.meta.url))

/** Whether pages can be tested here; a skipped test says why not. */
export function canOpenPages(): boolean {
  if (!existsSync(executablePath)) {
    test.skip(`the lab is not tested: there is no ${executablePath} (apt-get install chromium, or set CHROMIUM)`, () => {})
    return false
  }
  return true
}

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']

export const openBrowser = (...more: string[]): Promise<Browser> =>
  chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', ...quiet, ...more] })

export const openLab = (): Promise<Lab> => serveLab(builtLab, 0)

/** A browser and the served lab for all tests of a group, from the first to the last. */
export function labInBrowser(...more: string[]): { readonly browser: Browser; readonly lab: Lab } {
  const here = {} as { browser: Browser; lab: Lab }
  beforeAll(async () => {
    ;[here.browser, here.lab] = await Promise.all([openBrowser(...more), openLab()])
  })
  afterAll(async () => {
    await here.browser?.close()
    await here.lab?.close()
  })
  return here
}

export interface Visit {
  readonly page: Page
  /** What the page complained of, and what it asked of other origins: nothing, as a rule. */
  readonly complaints: string[]
  readonly close: () => Promise<void>
}

/** A new visitor at `hash`. */
export async function visit(
  browser: Browser,
  { url }: { readonly url: string },
  hash: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('requestfailed', (request) => {
    // What a page leaves behind when it reloads is given up.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}`)
  })
  context.on('request', (request) => {
    const asked = request.url()
    if (!asked.startsWith(url) && !asked.startsWith('blob:')) complaints.push(`elsewhere: ${asked}`)
  })
  await page.goto(`${url}#/${hash}`)
  await page.waitForSelector('h1')
  return { page, complaints, close: () => context.close() }
}

/** Leads new visitors through a view: they wait for `ready`, take the steps, and nothing may be complained of. */
export const walker =
  (here: { readonly browser: Browser; readonly lab: Lab }, ready = 'h1') =>
  async (
    hash: string,
    steps: (page: Page, opened: Visit) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> => {
    const opened = await visit(here.browser, here.lab, hash, options)
    try {
      await opened.page.waitForSelector(ready)
      await steps(opened.page, opened)
      expect(opened.complaints).toEqual([])
    } finally {
      await opened.close()
    }
  }

/** The numbers of a grid, row by row, as they are shown. */
export const gridNumbers = (page: Page, selector: string): Promise<string[][]> =>
  page.locator(`${selector} [role="row"]`).evaluateAll((rows) =>
    rows.map((row) =>
      [...row.querySelectorAll<HTMLElement>('[role="gridcell"]')].map((cell) => {
        const input = cell.querySelector('input')
        return input?.value ?? cell.querySelector('.value')?.textContent ?? ''
      }),
    ),
  )

/** Waits until the output is computed, and gives it. */
export async function outputNumbers(page: Page, channel = 0): Promise<string[][]> {
  const selector = `.part-output .channel:nth-child(${channel + 1}) .output-grid`
  await page.waitForFunction((path) => {
    const cells = [...document.querySelectorAll(`${path} .value`)]
    return cells.length > 0 && cells.every((cell) => cell.textContent !== '')
  }, selector)
  return gridNumbers(page, selector)
}
