// Whatever an op is given, it answers with tensors or refuses with a ConvokeError; a TypeError never escapes, and a
// refusal leaves no memory behind.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scope } from '../autodiff/index.ts'
import { ConvokeError } from '../shapes/error.ts'
import { memory, ones, Tensor, zeros } from '../tensor/index.ts'
import { tensorsOf, workingArguments } from '../testing/every-op.ts'
import { loosely, refusal, refusalForm } from '../testing/refusal.ts'

const good = workingArguments
const gone = ones([2, 3])
gone.dispose()
const [x, row, index] = [ones([1, 4, 4, 4]), ones([6]), zeros([1, 4, 4, 4], 'int32')]

const allOps = Object.keys(loosely)

describe('every op', () => {
  it('works on the arguments that the tests below spoil', () => {
    for (const op of allOps) {
      for (const y of tensorsOf(loosely[op](...good[op]))) {
        expect(Array.from(y.dataSync()).some(Number.isNaN), op).toBe(false)
      }
    }
  })
  it.each(allOps)('%s refuses a disposed tensor in every place of a tensor', (op) => {
    good[op].forEach((argument, place) => {
      const spoilt = (value: unknown): unknown =>
        Array.isArray(value) && value[0] instanceof Tensor ? [gone, value[1]] : gone
      if (!(argument instanceof Tensor) && !(Array.isArray(argument) && argument[0] instanceof Tensor)) return
      expect(refusal(() => loosely[op](...good[op].with(place, spoilt(argument))))).toContain('it has been disposed')
    })
  })
  it.each(allOps)('%s refuses null, text and functions in every place', (op) => {
    good[op].forEach((_, place) => {
      for (const wrong of [null, 'text', () => 1, Symbol('s'), { a: 1 }, [['x']], [null]]) {
        // `slice` takes null for an axis left whole.
        if (op === 'slice' && Array.isArray(wrong) && wrong[0] === null) continue
        refusal(() => loosely[op](...good[op].with(place, wrong)))
      }
    })
  })
  it.each(allOps)('%s refuses an option nobody reads, where it has options', (op) => {
    const last = good[op].at(-1)
    const plain = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype
    const args = plain ? good[op].with(-1, { ...(last as object), bogus: 1 }) : [...good[op], { bogus: 1 }]
    try {
      loosely[op](...args)
    } catch (error) {
      expect(error).toBeInstanceOf(ConvokeError)
      return
    }
    // An op without options does not look at an argument too many.
    expect(loosely[op].length).toBeLessThan(args.length)
  })
})

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    0,
    1,
    1.5,
    2,
    1e9,
    '',
    'same',
    true,
    gone,
    x,
    row,
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [1, 2],
    [[1, 2], [3]],
    [
      [1, 2],
      [3, 4],
    ],
    new Float32Array(3),
    new Date(0),
    index,
  ),
  fc.dictionary(
    fc.constantFrom(
      'stride',
      'padding',
      'dilation',
      'groups',
      'axes',
      'axis',
      'size',
      'mode',
      'p',
      'epsilon',
      'activation',
      'bias',
    ),
    fc.constantFrom<unknown>(
      Number.NaN,
      -1,
      0,
      1,
      2,
      1.5,
      'same',
      'x',
      null,
      [],
      [1],
      [1, 1],
      [
        [0, 1],
        [1, 0],
      ],
      {},
      undefined,
    ),
  ),
)

it('any op given anything answers or refuses in one form, and a refusal leaves no memory behind', () => {
  fc.assert(
    fc.property(fc.constantFrom(...allOps), fc.array(anything, { maxLength: 4 }), fc.nat(), (op, spoils, from) => {
      const args = [...good[op]]
      spoils.forEach((spoil, i) => {
        args[(from + i) % (args.length + 1)] = spoil
      })
      const before = memory().buffers
      try {
        scope(() => void loosely[op](...args))
      } catch (error) {
        expect(error).toBeInstanceOf(ConvokeError)
        expect((error as Error).message).toMatch(refusalForm)
      }
      // Fewer, where a large one made the collector find what earlier tests forgot.
      expect(memory().buffers).toBeLessThanOrEqual(before)
    }),
    { numRuns: 4000 },
  )
})
