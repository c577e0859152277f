import { afterEach, describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { setThreads, threads } from '../backends/engine.ts'
import { randomNormal, type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, checkOp, input, onBackend } from '../testing/check-op.ts'
import { concat, multiply, reshape, square, sum } from './index.ts'
import { composedRecurrence, type RecurrenceOperands, recurrence } from './recurrence.ts'

const kinds = ['lstm', 'gru'] as const
type Kind = (typeof kinds)[number]

const gates = { lstm: 4, gru: 3 } as const

const shapesOf = (kind: Kind, batch: number, steps: number, hidden: number): number[][] => [
  [batch, steps, gates[kind] * hidden],
  [hidden, gates[kind] * hidden],
  [4 * hidden],
  ...Array.from({ length: kind === 'lstm' ? 2 : 1 }, () => [batch, hidden]),
]

const operands = ([shares, weight, bias, hidden, cell]: readonly Tensor[]): RecurrenceOperands => ({
  ...{ shares, weight, bias, hidden },
  ...(cell && { cell }),
})

/** All results in one row. */
const all = ({ output, hidden, cell }: ReturnType<typeof recurrence>): Tensor =>
  concat([output, hidden, ...(cell ? [cell] : [])].map((part) => reshape(part, [part.size])))

const values = (x: Tensor): number[] => Array.from(x.dataSync())

const random = (kind: Kind, batch: number, steps: number, hidden: number): Tensor[] =>
  shapesOf(kind, batch, steps, hidden).map((shape, seed) => multiply(randomNormal(shape, { seed }), 0.3))

describe.each(kinds)('%s', (kind) => {
  it.each([
    [1, 1, 1, false],
    [2, 3, 2, false],
    [2, 3, 2, true],
    [1, 2, 5, true],
    [3, 2, 9, false],
  ])(
    'of batch %i, %i steps and %i units, backwards: %s, agrees with float64 and central differences',
    async (batch, steps, hidden, reverse) => {
      const inputs = shapesOf(kind, batch, steps, hidden).map((shape, seed) => input(shape, seed + 1))
      const op = (...given: Tensor[]): Tensor => all(recurrence({ kind, reverse }, operands(given)))
      await checkOp(op, inputs, { tolerance: 5e-6, second: batch * steps * hidden <= 12 })
    },
  )

  it('has gradients where only its output is used, or only its last state', async () => {
    const inputs = shapesOf(kind, 2, 3, 4).map((shape, seed) => input(shape, seed + 1))
    const run = (given: readonly Tensor[]) => recurrence({ kind, reverse: false }, operands(given))
    await checkOp((...given) => run(given).output, inputs, { tolerance: 5e-6 })
    await checkOp((...given) => run(given).hidden, inputs, { tolerance: 5e-6 })
  })

  it('is what its steps come to one by one', () => {
    for (const reverse of [false, true]) {
      const given = operands(random(kind, 5, 4, 19))
      const expected = values(all(composedRecurrence({ kind, reverse }, given)))
      expect(values(all(recurrence({ kind, reverse }, given)))).toEqual(
        expected.map((value) => expect.closeTo(value, 5)),
      )
    }
  })

  it('keeps a NaN in its example, forward and back', () => {
    const given = random(kind, 9, 3, 10)
    const spoiled = given[0].toArray() as number[][][]
    spoiled[4][1][7] = Number.NaN
    const run = (x: Tensor) =>
      valueAndGradients(
        () => sum(square(recurrence({ kind, reverse: false }, operands(given.with(0, x))).output)),
        [x, given[3]],
      ).gradients.map(values)
    const [clean, dirty] = [given[0], tensor(spoiled)].map(run)
    clean.forEach((expected, which) => {
      const perExample = expected.length / 9
      const of = (list: readonly number[], example: number) =>
        list.slice(example * perExample, (example + 1) * perExample)
      for (let example = 0; example < 9; example++) {
        if (example === 4) expect(of(dirty[which], 4).some(Number.isNaN)).toBe(true)
        else expect(of(dirty[which], example)).toEqual(of(expected, example))
      }
    })
  })
})

describe('threads', () => {
  const before = threads()
  afterEach(() => {
    setThreads(before)
  })
  it.each(kinds)('do not change a bit of %s', async (kind) => {
    for (const backend of availableBackends().filter((name) => name !== 'reference')) {
      await onBackend(backend, () => {
        const given = random(kind, 11, 9, 45)
        const results = [1, 2, 3, 5].map((count) => {
          setThreads(count)
          const { value, gradients } = valueAndGradients(
            () => sum(square(all(recurrence({ kind, reverse: false }, operands(given))))),
            given,
          )
          return [value, ...gradients].map(values)
        })
        for (const other of results.slice(1)) expect(other).toEqual(results[0])
      })
    }
  })
})
