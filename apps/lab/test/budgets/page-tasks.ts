// The tasks of a page's own thread while something goes on.

import type { Browser, Page } from 'playwright-core'

export interface PageTasks {
  readonly count: number
  /** Milliseconds of the processor that the longest took. */
  readonly longest: number
  /** The same by the clock, in which other work on the machine counts, too. */
  readonly longestByClock: number
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds, by the clock and of the processor. */
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

export async function tasksDuring(browser: Browser, page: Page, work: () => Promise<void>): Promise<PageTasks> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
  await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const threads = new Map(
    traceEvents.flatMap(({ name, pid, tid, args }) =>
      name === 'thread_name' ? [[`${pid}:${tid}`, args?.name] as const] : [],
    ),
  )
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name === 'RunTask' && threads.get(`${pid}:${tid}`) === 'CrRendererMain',
  )
  const longest = (of: (task: TraceEvent) => number | undefined): number =>
    tasks.reduce((most, task) => Math.max(most, of(task) ?? 0), 0) / 1000
  return { count: tasks.length, longest: longest(({ tdur }) => tdur), longestByClock: longest(({ dur }) => dur) }
}
