// A run as the page follows it: opened, kept, lost and found again. The worker is played by the test.

import { signal } from '@preact/signals'
import { expect, it, vi } from 'vitest'
import { Refused, restarts } from '../engine/index.ts'
import { createFollower, type Follower } from './follower.ts'
import type { ControlQuestion } from './protocol.ts'

interface Shown {
  readonly version: number
  readonly problem: string | undefined
  readonly step: number
}

interface Opened {
  readonly run: number
}

/** A follower, and what happened to it. */
function followed(
  open: (from: number | undefined) => Promise<Opened> | undefined,
  answers: Record<number, (Shown | 'lost')[]>,
) {
  const settings = signal({ name: 'a', epochs: 3 })
  const step = signal(0)
  const kept = new Map<string, number>()
  const opened: (number | undefined)[] = []
  const reached = new Map<string, readonly number[]>()
  const wanted: (readonly number[])[] = []
  const controls: ControlQuestion[] = []
  const follower: Follower<Opened, Shown> = createFollower<{ name: string; epochs: number }, Opened, Shown, number>({
    ...{ settings, keyOf: ({ name }) => name, epochsOf: ({ epochs }) => epochs, steps: () => [step.peek()] },
    recall: async ({ key }) => kept.get(key),
    forget: ({ key }) => {
      kept.delete(key)
      reached.delete(key)
    },
    keep: ({ key }, at) => void kept.set(key, at),
    reach: ({ key }, steps) => void reached.set(key, steps),
    reached: ({ key }) => reached.get(key) ?? [],
    open: (_, from, steps) => {
      opened.push(from)
      wanted.push(steps)
      return open(from)
    },
    began: (from) => {
      step.value = from ?? 0
    },
    watch: async (run) => {
      const next = answers[run].shift()
      if (next === 'lost') throw new Refused('unknown run')
      if (next !== undefined) return next
      // Nothing changes any more.
      return new Promise(() => {})
    },
    show: (shown) => {
      step.value = shown.step
      // Not every step is kept.
      return shown.step % 2 === 0 ? shown.step : undefined
    },
    control: async (question) => void controls.push(question),
  })
  return { follower, settings, kept, opened, reached, wanted, controls, step }
}

const shown = (version: number, step: number, problem?: string): Shown => ({ version, step, problem })

it('opens a run, shows its changes, keeps it by its key, and takes it up again under the same settings', async () => {
  let run = 0
  const { follower, settings, kept, opened, step } = followed(async () => ({ run: ++run }), {
    1: [shown(1, 0), shown(2, 6)],
    2: [],
    3: [],
  })
  await vi.waitFor(() => expect(follower.seen.value?.step).toBe(6))
  expect([follower.status.value, opened, kept.get('a')]).toEqual(['ready', [undefined], 6])
  settings.value = { ...settings.value, name: 'b' }
  await vi.waitFor(() => expect(opened).toEqual([undefined, undefined]))
  await vi.waitFor(() => expect(step.value).toBe(0))
  settings.value = { ...settings.value, name: 'a' }
  await vi.waitFor(() => expect(opened).toEqual([undefined, undefined, 6]))
  await vi.waitFor(() => expect(step.value).toBe(6))
  // More epochs are no other run.
  settings.value = { ...settings.value, epochs: 9 }
  follower.want('run')
  expect(opened).toHaveLength(3)
})

it('tells the worker what is wanted, with the epochs', async () => {
  const { follower, controls } = followed(async () => ({ run: 7 }), { 7: [] })
  await vi.waitFor(() => expect(follower.status.value).toBe('ready'))
  follower.want('step')
  expect(controls.at(-1)).toEqual({ run: 7, wanted: 'step', epochs: 3 })
})

it('goes back to what was kept where a new worker knows nothing of the run, and says from where', async () => {
  let run = 0
  const { follower, opened } = followed(async () => ({ run: ++run }), {
    1: [shown(1, 4), 'lost'],
    2: [],
    3: [],
  })
  await vi.waitFor(() => expect(opened).toEqual([undefined, 4]))
  expect(follower.recovered.value).toBe(4)
  // Somebody asks for a new worker himself.
  restarts.value++
  await vi.waitFor(() => expect(opened).toEqual([undefined, 4, 4]))
  expect(await follower.ask(() => Promise.reject(new Refused('unknown run')))).toBe(undefined)
  await expect(follower.ask(() => Promise.reject(new Refused('no room')))).rejects.toThrow('no room')
})

it('takes up every step that was shown, though what is kept is older', async () => {
  let run = 0
  const { follower, settings, opened, reached, wanted, step } = followed(async () => ({ run: ++run }), {
    1: [shown(1, 4), shown(2, 7)],
    2: [],
    3: [shown(1, 4), 'lost'],
    4: [],
  })
  await vi.waitFor(() => expect(step.value).toBe(7))
  settings.value = { ...settings.value, name: 'b' }
  await vi.waitFor(() => expect(wanted).toEqual([[], []]))
  settings.value = { ...settings.value, name: 'a' }
  // Steps that are being taken again are no fewer for a worker that is lost meanwhile.
  await vi.waitFor(() => expect(opened).toEqual([undefined, undefined, 4, 4]))
  expect(wanted).toEqual([[], [], [7], [7]])
  expect(reached.get('a')).toEqual([7])
  expect(follower.recovered.value).toBe(7)
  follower.reset()
  await vi.waitFor(() => expect(wanted.at(-1)).toEqual([]))
  expect(reached.has('a')).toBe(false)
})

it('starts over from nothing, and forgets what was kept', async () => {
  let run = 0
  const { follower, kept, opened } = followed(async () => ({ run: ++run }), { 1: [shown(1, 4)], 2: [] })
  await vi.waitFor(() => expect(kept.get('a')).toBe(4))
  follower.reset()
  await vi.waitFor(() => expect(opened).toEqual([undefined, undefined]))
  expect(kept.has('a')).toBe(false)
})

it('says what the library refused, and what is lacking', async () => {
  const refused = followed(() => Promise.reject(new Refused('too large')), {})
  await vi.waitFor(() => expect(refused.follower.problem.value).toBe('too large'))
  const lacking = followed(() => undefined, {})
  await vi.waitFor(() => expect(lacking.follower.status.value).toBe('lacking'))
  expect(lacking.follower.opened.value).toBe(undefined)
})
