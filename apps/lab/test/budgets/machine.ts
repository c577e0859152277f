// Whether a measurement had the machine to itself: what other processes, and other guests of the same computer, took meanwhile.

import { readdirSync, readFileSync } from 'node:fs'

/** Processor time since the start of the machine, all cores together, in ticks; undefined where there is no /proc. */
interface Spent {
  readonly all: number
  /** By anybody, time that the hypervisor gave to others included. */
  readonly busy: number
  /** By this process, its parent (the runner of the tests) and all they started: the browser. */
  readonly own: number
}

const numbersOf = (text: string): number[] => text.trim().split(/\s+/).map(Number)

function ownTicks(): number {
  const processes = new Map<number, { readonly parent: number; readonly ticks: number }>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // After the name of the program, which may hold anything, and a letter for its state: parent, …, user and system time.
      const fields = numbersOf(stat.slice(stat.lastIndexOf(') ') + 4))
      processes.set(Number(name), { parent: fields[0], ticks: fields[10] + fields[11] })
    } catch {
      // It has ended since.
    }
  }
  const ours = (pid: number | undefined, steps = 0): boolean =>
    pid === process.pid ||
    pid === process.ppid ||
    (pid !== undefined && steps < processes.size && ours(processes.get(pid)?.parent, steps + 1))
  return [...processes].reduce((total, [pid, { ticks }]) => total + (ours(pid) ? ticks : 0), 0)
}

function spent(): Spent | undefined {
  try {
    // user, nice, system, idle, iowait, irq, softirq, steal
    const times = numbersOf(readFileSync('/proc/stat', 'utf8').split('\n')[0].replace(/^cpu/, '')).slice(0, 8)
    const all = times.reduce((total, time) => total + time, 0)
    return { all, busy: all - times[3] - times[4], own: ownTicks() }
  } catch {
    return undefined
  }
}

/** Does some work, and tells the share of all cores that others took of it; 0 where that cannot be known. */
export async function withOthers<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly others: number }> {
  const before = spent()
  const result = await work()
  const after = spent()
  if (before === undefined || after === undefined) return { result, others: 0 }
  const taken = after.busy - before.busy - (after.own - before.own)
  return { result, others: Math.max(0, taken / (after.all - before.all)) }
}
