import { describe, expect, it } from 'vitest'
import * as data from '../index.ts'

const ts = (head: readonly string[], ...lines: readonly string[]) =>
  ['# a comment', ...head, '@data', ...lines].join('\n')

const one = ['@problemName Gun Point', '@timeStamps false', '@univariate true', '@classLabel true 2 1']

async function shown(text: string, options: data.SeriesOptions = {}) {
  const { dataset, problems } = data.seriesDataset('a', data.parseSeries('a', text), options)
  const examples = await Promise.all(Array.from({ length: dataset.length }, (_, i) => dataset.get(i)))
  return {
    classes: dataset.classes,
    series: examples.map(({ input, target }) => [input.shape, [...input.data], target.data[0]]),
    problems,
  }
}

describe("sktime's .ts", () => {
  it('has a series and its class in a line, its classes in the order of its head', async () => {
    expect(await shown(ts(one, '1.5,-2e1,0:1', '', '3,4,5:2.0'))).toEqual({
      classes: ['2', '1'],
      series: [
        [[3, 1], [1.5, -20, 0], 1],
        [[3, 1], [3, 4, 5], 0],
      ],
      problems: [],
    })
  })
  it('has channels parted by colons, which come last', async () => {
    const text = ts(['@problemName B', '@univariate false', '@dimensions 2', '@classLabel true up'], '1,2,3:4,5,6:up')
    expect((await shown(text)).series).toEqual([[[3, 2], [1, 4, 2, 5, 3, 6], 0]])
  })
  it('may have series of different lengths, which are filled up with zeros', async () => {
    expect((await shown(ts(one, '1:1', '2,3:2'))).series).toEqual([
      [[2, 1], [1, 0], 1],
      [[2, 1], [2, 3], 0],
    ])
  })
  it('loses faulty lines alone, named by their number', async () => {
    const { series, problems } = await shown(
      ts(one, '1,2:1', '1,x:1', '1,?:2', '1,2', '1,2:9', '1,2:1,2:1', '1,1e39:1', '1,Infinity:1'),
      {
        classes: ['1', '2'],
      },
    )
    expect(series).toEqual([[[2, 1], [1, 2], 0]])
    expect(problems).toEqual([
      'a, line 8: "x" is not a number; the series is left out.',
      'a, line 10: there is no class after a colon; the series is left out.',
      'a, line 9: a value is missing; the series is left out.',
      'a, line 11: the class "9" is not one of the known ones; the series is left out.',
      'a, line 12: it has 2 channels, the first has one; the series is left out.'.replace('one;', '1;'),
      'a, line 13: a value is beyond float32; the series is left out.',
      'a, line 14: a value is beyond float32; the series is left out.',
    ])
  })
  it.each([
    [ts(['@problemName a', '@classLabel false'], '1,2'), 'a: its series have no class (@classLabel false)'],
    [ts(['@problemName a', '@timeStamps true', '@classLabel true x'], '(0,1):x'), 'a: it has time stamps'],
    ['@problemName a\n@classLabel true x\n1,2:x', 'a: there is no line @data'],
    ['export const a = 1\n', 'a: there is no header of a .ts or .arff file'],
  ])('is refused in words where it cannot be read: %j', (text, message) => {
    expect(() => data.parseSeries('a', text)).toThrow(message)
  })
})

describe("Weka's ARFF", () => {
  const arff = (attributes: readonly string[], ...lines: readonly string[]) =>
    ['% a comment', "@relation 'a b'", ...attributes.map((own) => `@attribute ${own}`), '@DATA', ...lines].join('\n')
  const two = ['att0 numeric', "'att 1' REAL", "target {'class b', a}"]
  it('has an attribute a step and the class last', async () => {
    expect(await shown(arff(two, "1,2.5,'class b'", '-3,0,a'))).toEqual({
      classes: ['class b', 'a'],
      series: [
        [[2, 1], [1, 2.5], 0],
        [[2, 1], [-3, 0], 1],
      ],
      problems: [],
    })
  })
  it('has channels as lines of one relational value', async () => {
    const text = arff(['r relational', 'x numeric', 'y numeric'].slice(0, 1).concat([]), "'1,2\\n3,4',up").replace(
      '@DATA',
      '  @attribute x numeric\n  @attribute y numeric\n@end r\n@attribute class {up, down}\n@DATA',
    )
    expect(await shown(text)).toEqual({ classes: ['up', 'down'], series: [[[2, 2], [1, 3, 2, 4], 0]], problems: [] })
  })
  it('loses faulty lines alone', async () => {
    const { series, problems } = await shown(arff(two, '1,2,a', '1,2', '{0 1, 2 a}', "1,2,'a", '?,2,a'))
    expect(series).toHaveLength(1)
    expect(problems).toEqual([
      'a, line 8: it has 2 fields, and there are 3 attributes; the series is left out.',
      'a, line 9: it is sparse ({1 2.0, …}), which is not supported; the series is left out.',
      'a, line 10: a quotation mark is never closed; the series is left out.',
      'a, line 11: a value is missing; the series is left out.',
    ])
  })
  it.each([
    [arff(['a numeric', 'b numeric'], '1,2'), 'a: no attribute is a class. The last one, b, is numeric'],
    [arff(['a string', 'b {x}'], '1,x'), 'a: the attribute a is string; a series holds only numbers.'],
    [arff(['a'], '1'), 'a, line 3: this is not an attribute'],
  ])('is refused in words where it holds something else: %#', (text, message) => {
    expect(() => data.parseSeries('a', text)).toThrow(message)
  })
})
