import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { evaluationText } from './evaluation-text.ts'
import type { Evaluation } from './kits/kit.ts'

const evaluation = (count: number): Evaluation =>
  ({
    ...{ count: 10 * count, headline: 'accuracy', figures: { accuracy: 0.5 }, confusion: null },
    classes: Array.from({ length: count }, (_, i) => ({
      name: `c${i}`,
      figures: { precision: 0.5, recall: 0.5, f1: i === 7 ? Number.NaN : (i + 1) / (count + 1), examples: 10 },
    })),
    sections: async () => [],
  }) as unknown as Evaluation

describe('an evaluation as text', () => {
  it('has a line for each of a few classes', () => {
    const lines = evaluationText(evaluation(40), 'test')
    expect(lines.filter((line) => /^c\d/.test(line))).toHaveLength(40)
  })
  it('has the worst of 5,000 classes, and says how many there are', () => {
    const lines = evaluationText(evaluation(5000), 'test')
    expect(lines.length).toBeLessThan(30)
    expect(lines).toContain('the 20 classes of 5,000 with the lowest f1; --json names them all')
    const shown = lines.filter((line) => /^c\d/.test(line)).map((line) => line.split(' ')[0])
    // c7 does not occur in the part and has no figure.
    expect(shown).toEqual([
      'c0',
      'c1',
      'c2',
      'c3',
      'c4',
      'c5',
      'c6',
      ...Array.from({ length: 13 }, (_, i) => `c${i + 8}`),
    ])
  })

  describe('with a confusion matrix', () => {
    const digits = 10
    const confused = (right: number): Evaluation => ({
      ...evaluation(digits),
      confusion: Array.from({ length: digits }, (_, i) =>
        Array.from({ length: digits }, (__, j) => (i === j ? right : i + j === 9 ? 3 : 0)),
      ),
    })
    const linesAt = (columns: number | undefined, right: number): string[] => {
      vi.spyOn(process.stdout, 'columns', 'get').mockReturnValue(columns as number)
      const lines = evaluationText(confused(right), 'test')
      return lines.slice(lines.lastIndexOf('') + 1)
    }
    beforeEach(() => {
      // Not there where the output is no terminal.
      if (!('columns' in process.stdout))
        Object.defineProperty(process.stdout, 'columns', { get: () => undefined, configurable: true })
    })
    afterEach(() => vi.restoreAllMocks())

    it('has it whole where there is room, and in a file', () => {
      for (const columns of [undefined, 80]) {
        const [head, first] = linesAt(columns, 100)
        expect(head).toMatch(/^is \\ read as +c0 +c1/)
        expect(first).toMatch(/^c0 +100 +· .* 3$/)
      }
    })
    it('has it closed up on a narrow terminal', () => {
      const lines = linesAt(40, 97)
      expect(lines[0]).toBe('Rows: true classes; columns: predictions')
      expect(lines[2]).toBe('c0 97  ·  ·  ·  ·  ·  ·  ·  ·  3')
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(40)
    })
    it('says where it is on one that is too narrow', () => {
      expect(linesAt(40, 12_345)).toEqual([
        'The confusion matrix is 62 columns wide, the terminal 40; --json has its numbers.',
      ])
    })
  })
})
