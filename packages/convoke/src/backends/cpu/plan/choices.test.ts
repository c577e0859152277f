import { describe, expect, it } from 'vitest'
import { createChoices, fastestOf } from './choices.ts'

/** A store in memory that begins with `text`. */
function storeWith(text: string | undefined) {
  let kept = text
  return {
    read: () => kept,
    write: (next: string): void => {
      kept = next
    },
  }
}

describe('measured choices', () => {
  it('are found again by another process on the same machine, and by none on another', () => {
    const store = storeWith(undefined)
    createChoices(store, 'avx512 A').set('conv 3×3', 'winograd')
    expect(createChoices(store, 'avx512 A').get('conv 3×3')).toBe('winograd')
    expect(createChoices(store, 'avx2 A').get('conv 3×3')).toBeUndefined()
  })

  it('keep what another process added meanwhile', () => {
    const store = storeWith(undefined)
    const [one, two] = [createChoices(store, 'm'), createChoices(store, 'm')]
    expect([one.get('a'), two.get('b')]).toEqual([undefined, undefined])
    one.set('a', 'direct')
    two.set('b', 'fft')
    const later = createChoices(store, 'm')
    expect([later.get('a'), later.get('b')]).toEqual(['direct', 'fft'])
  })

  it('start anew from a file that is damaged, of another version, or of another kind', () => {
    const texts = [
      '{"version": 1, "choi',
      '[]',
      'null',
      '{"version":2,"choices":{"m a":"x"}}',
      '{"version":1,"choices":7}',
    ]
    for (const text of texts) {
      const choices = createChoices(storeWith(text), 'm')
      expect(choices.get('a'), text).toBeUndefined()
      choices.set('a', 'direct')
      expect(choices.get('a')).toBe('direct')
    }
    expect(createChoices(storeWith('{"version":1,"choices":{"m a":3,"m b":"fft"}}'), 'm').get('a')).toBeUndefined()
  })

  it('stay with the process where nothing outlasts it, and do not grow without bound where something does', () => {
    const alone = createChoices(undefined, 'm')
    alone.set('a', 'direct')
    expect(alone.get('a')).toBe('direct')
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`m ${i}`, 'fft']))
    const store = storeWith(JSON.stringify({ version: 1, choices: many }))
    createChoices(store, 'm').set('new', 'direct')
    expect(Object.keys(JSON.parse(store.read()!).choices).length).toBeLessThanOrEqual(4096)
    expect(createChoices(store, 'm').get('new')).toBe('direct')
  })
})

describe('the fastest of several runs', () => {
  /** Runs that take these times by a clock of their own. */
  function timed(times: readonly number[]): number {
    let clock = 0
    const runs = times.map((time) => () => {
      clock += time
    })
    return fastestOf(runs, () => clock)
  }

  it('is the one that takes the least time', () => {
    expect(timed([5, 3, 4])).toBe(1)
    expect(timed([500, 300, 400])).toBe(1)
  })

  it('is the one before where a later one is faster by no more than noise', () => {
    expect(timed([5, 4.95])).toBe(0)
  })
})
