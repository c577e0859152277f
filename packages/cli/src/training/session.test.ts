import { describe, expect, it } from 'vitest'
import { readDuration, readNumber, readSettings } from '../options/numbers.ts'
import { usualTraining } from './kits/kit.ts'
import { scheduleOf } from './optimizing.ts'
import { duration, expectation, measureText } from './watch.ts'

describe('scheduleOf', () => {
  it.each(['one-cycle', 'cosine', 'step', 'constant'] as const)(
    '%s: from a factor above 0 to what it ends with',
    (schedule) => {
      const factor = scheduleOf({ ...usualTraining, schedule }, 90)
      const all = Array.from({ length: 90 }, (_, step) => factor(step))
      expect(Math.max(...all)).toBeCloseTo(1)
      for (const value of all) expect(value).toBeGreaterThan(0)
      const end = { 'one-cycle': 4e-6, cosine: 0.0003, step: 0.01, constant: 1 }[schedule]
      expect(all[89]).toBeCloseTo(end, 4)
    },
  )

  it('rises first where warm-up is asked for, and holds for runs of a step', () => {
    const factor = scheduleOf({ ...usualTraining, schedule: 'constant', warmUp: 0.1 }, 100)
    expect([factor(0), factor(10), factor(99)]).toEqual([1 / 11, 1, 1])
    expect(scheduleOf({ ...usualTraining, schedule: 'one-cycle' }, 1)(0)).toBeGreaterThan(0)
  })
})

describe('what is typed', () => {
  it('times and numbers are read, or refused with their rule', () => {
    expect([readDuration('t', '90'), readDuration('t', '5m'), readDuration('t', '1.5h')]).toEqual([90, 300, 5400])
    expect(() => readDuration('time-limit', 'soon')).toThrow(
      '--time-limit is "soon"; give seconds, or a time such as 90s, 5m, 2h.',
    )
    expect(() => readNumber('epochs', '1.5', { least: 1, whole: true })).toThrow(/whole number of 1 or more/)
    expect(() => readNumber('test', '2', { most: 0.9 })).toThrow(/number from 0 to 0\.9/)
    expect(readSettings('model-option', ['widths=[1,2]', 'stem=small', 'norm=true'])).toEqual({
      ...{ widths: [1, 2], stem: 'small', norm: true },
    })
    expect(() => readSettings('model-option', ['widths'])).toThrow(/give a name and a value/)
  })
})

describe('how long a run will take', () => {
  const step = (at: number, batches: number) =>
    ({
      type: 'step',
      epoch: 1,
      step: at,
      batch: at,
      batches,
      examples: 8,
      loss: 1,
      factor: 1,
      gradientNorm: 1,
    }) as const

  it('is said once two seconds of steps have been measured, the first ones left out', () => {
    let clock = 0
    const expects = expectation(() => clock)
    // Three steps of a second, that make plans, and others of 100 ms.
    const said = Array.from({ length: 23 }, (_, i) => {
      clock += i < 3 ? 1000 : 100
      return expects(step(i + 1, 500), 4)
    })
    expect(said.slice(0, 22)).toEqual(Array(22).fill(undefined))
    // 4 · 500 − 23 steps of 100 ms.
    expect(said[22]).toBe('expected: about 3 min 18 s of training for 4 epochs, at 100 ms a step')
  })

  it('is not worth a line for a run that is soon over', () => {
    let clock = 0
    const expects = expectation(() => clock)
    const said = Array.from({ length: 10 }, (_, i) => {
      clock += 500
      return expects(step(i + 1, 20), 1)
    })
    expect(said.filter((line) => line !== undefined)).toEqual([null, null, null, null])
  })
})

describe('what is shown', () => {
  it('times and measures read well', () => {
    expect([duration(3.21), duration(42.4), duration(75), duration(3700)]).toEqual([
      '3.2 s',
      '42 s',
      '1 min 15 s',
      '1 h 1 min',
    ])
    expect([measureText('accuracy', 0.98765), measureText('loss', 0.98765), measureText('loss', 2e-5)]).toEqual([
      ...['98.77%', '0.9877', '2.00e-5'],
    ])
  })
})
