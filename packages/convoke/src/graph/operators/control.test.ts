import { describe, expect, it } from 'vitest'
import type { OnnxGraph } from '../../formats/onnx/model.ts'
import { memory } from '../../tensor/storage.ts'
import { graphOf, made, nodeOf, numbersOf, runOperator, runWhole, shapeOf, whole } from '../../testing/run-operator.ts'
import { inspectModel } from '../inspect.ts'
import { type Item, Sequence, type Value } from '../value.ts'

const truth = (value: boolean): Value => made([value ? 1 : 0], [], 'bool')

/** Doubles what it carries and gives it as it was; goes on below 100. */
const doubling = graphOf(
  [
    nodeOf('Add', ['x', 'x'], ['y']),
    nodeOf('Constant', [], ['limit'], { value_float: { float: 100 } }),
    nodeOf('Less', ['y', 'limit'], ['on']),
    nodeOf('Identity', ['x'], ['seen']),
  ],
  ['i', 'before', 'x'],
  ['on', 'y', 'seen'],
)

const loop = (body: OnnxGraph, inputs: readonly Item[], outputs = 2): Item[] =>
  runOperator('Loop', { inputs, attributes: { body }, outputs })

describe('If', () => {
  it('runs one branch, which sees the names around it', () => {
    const branch = (operator: string): OnnxGraph => graphOf([nodeOf(operator, ['x'], ['y'])], [], ['y'])
    const node = nodeOf('If', ['test'], ['z'], { then_branch: branch('Neg'), else_branch: branch('Abs') })
    const graph = graphOf([node], ['test', 'x'], ['z'])
    const x = made([-3])
    expect(numbersOf(runWhole(graph, [truth(true), x])[0])).toEqual([3])
    expect(numbersOf(runWhole(graph, [truth(false), made([-5])])[0])).toEqual([5])
    expect(() => runWhole(graph, [made([1, 0], [2], 'bool'), x])).toThrow('must be one truth value')
  })

  it('is seen with its longer branch where nothing tells which', () => {
    const branch = (...operators: string[]): OnnxGraph => {
      const names = ['x', ...operators.map((_, i) => `t${i}`)]
      const nodes = operators.map((operator, i) => nodeOf(operator, [names[i]], [names[i + 1]]))
      return graphOf(nodes, [], [names[operators.length]])
    }
    const port = (name: string, type: 'bool' | 'float32', shape: number[]) => ({
      ...{ name, type: { kind: 'tensor' as const, type, shape } },
    })
    const seen = (then: OnnxGraph, other: OnnxGraph) => {
      const node = nodeOf('If', ['test'], ['z'], { then_branch: then, else_branch: other })
      const graph = { ...graphOf([node], [], ['z']), inputs: [port('test', 'bool', []), port('x', 'float32', [4])] }
      return inspectModel({ irVersion: 8, producer: '', opsets: { '': 17 }, functions: [], metadata: {}, graph })
    }
    const [short, long] = [seen(branch('Neg'), branch('Abs', 'Exp')), seen(branch('Abs', 'Exp'), branch('Neg'))]
    expect(short.assumed).toEqual(['the condition of If that makes z is false'])
    expect(long.assumed).toEqual(['the condition of If that makes z is true'])
    for (const { failure, nodes } of [short, long]) {
      expect(failure).toBeUndefined()
      expect(nodes.map(({ operator, outputShapes }) => [operator, outputShapes])).toEqual([['If', [[4]]]])
    }
    expect(long.flops).toBe(short.flops)
  })

  it('refuses to lie ten thousand deep', () => {
    let graph = graphOf([nodeOf('Neg', ['x'], ['y'])], [], ['y'])
    for (let i = 0; i < 10_000; i++) {
      graph = graphOf([nodeOf('If', ['test'], ['y'], { then_branch: graph, else_branch: graph })], [], ['y'])
    }
    const outer = graphOf(graph.nodes, ['test', 'x'], ['y'])
    expect(() => runWhole(outer, [truth(true), made([1])])).toThrow('deep')
  })
})

describe('Loop', () => {
  it('goes on while its condition holds, and gathers what each turn gives', () => {
    const [last, seen] = loop(doubling, [null, truth(true), made([30], [])])
    expect(numbersOf(last)).toEqual([120])
    expect(numbersOf(seen)).toEqual([30, 60])
  })

  it('runs as often as it is told, the condition of its graph aside where there was none', () => {
    const [last, seen] = loop(doubling, [whole([4], []), null, made([30], [])])
    expect(numbersOf(last)).toEqual([480])
    expect(numbersOf(seen)).toEqual([30, 60, 120, 240])
    expect(numbersOf(loop(doubling, [whole([1], []), truth(true), made([30], [])])[0])).toEqual([60])
  })

  it('gives back what it was given where it does not run', () => {
    for (const inputs of [
      [whole([0], []), null],
      [null, truth(false)],
    ]) {
      const [last, seen] = loop(doubling, [...inputs, made([30], [])])
      expect(numbersOf(last)).toEqual([30])
      expect(shapeOf(seen)).toEqual([0])
    }
  })

  it('counts its turns', () => {
    const body = graphOf(
      [nodeOf('Identity', ['on'], ['go']), nodeOf('Identity', ['i'], ['n'])],
      ['i', 'on'],
      ['go', 'n'],
    )
    expect(numbersOf(loop(body, [whole([3], []), null], 1)[0])).toEqual([0, 1, 2])
  })

  it('keeps no more memory for many turns than for few', () => {
    const body = graphOf([nodeOf('Add', ['x', 'x'], ['y'])], ['i', 'on', 'x'], ['on', 'y'])
    const before = memory().bytes
    const [last] = loop(body, [whole([2000], []), null, made(Array<number>(1000).fill(0))], 1)
    expect(memory().bytes - before).toBeLessThan(100_000)
    ;(last as Value).dispose()
  })

  it('without end is refused', () => {
    const constant = graphOf([nodeOf('Identity', ['on'], ['go'])], ['i', 'on'], ['go'])
    const still = graphOf(
      [
        nodeOf('Constant', [], ['limit'], { value_float: { float: 1 } }),
        nodeOf('Less', ['x', 'limit'], ['go']),
        nodeOf('Identity', ['x'], ['y']),
      ],
      ['i', 'on', 'x'],
      ['go', 'y'],
    )
    expect(() => loop(constant, [null, null], 0)).toThrow('without end')
    expect(() => loop(constant, [null, truth(true)], 0)).toThrow('without end')
    expect(() => loop(constant, [whole([2 ** 31 - 1], []), null], 0)).toThrow('without end')
    expect(() => loop(still, [null, truth(true), made([0], [])], 1)).toThrow('without end')
    // 0 and 0.5 in turn.
    const turning = graphOf(
      [
        nodeOf('Constant', [], ['half'], { value_float: 0.5 }),
        nodeOf('Sub', ['half', 'x'], ['y']),
        nodeOf('LessOrEqual', ['y', 'half'], ['go']),
      ],
      ['i', 'on', 'x'],
      ['go', 'y'],
    )
    expect(() => loop(turning, [null, truth(true), made([0], [])], 1)).toThrow('without end')
  })

  it('refuses steps of changing shape, and a graph with other inputs', () => {
    const growing = graphOf(
      [nodeOf('Concat', ['x', 'x'], ['y'], { axis: 0 }), nodeOf('Identity', ['x'], ['seen'])],
      ['i', 'on', 'x'],
      ['on', 'y', 'seen'],
    )
    expect(() => loop(growing, [whole([3], []), null, made([1])])).toThrow('must stay the same')
    expect(() => loop(growing, [whole([3], []), null])).toThrow('its graph has 3 inputs')
  })
})

// Running sums: the state grows by each element, and is given as it stands.
const summing = graphOf(
  [nodeOf('Add', ['sum', 'x'], ['next']), nodeOf('Identity', ['next'], ['seen'])],
  ['sum', 'x'],
  ['next', 'seen'],
)

describe('Scan', () => {
  const x = made([1, 2, 3, 4, 5, 6], [3, 2])

  it('goes along an axis, either way, and gathers along another', () => {
    const run = (attributes: object, state: Value): Item[] =>
      runOperator('Scan', {
        inputs: [state, x],
        attributes: { body: summing, num_scan_inputs: 1, ...attributes },
        outputs: 2,
      })
    const [last, seen] = run({}, made([0, 0]))
    expect(numbersOf(last)).toEqual([9, 12])
    expect(numbersOf(seen)).toEqual([1, 2, 4, 6, 9, 12])
    const along = {
      scan_input_axes: [-1],
      scan_output_axes: [-1],
      scan_input_directions: [1],
      scan_output_directions: [1],
    }
    const [, turned] = run(along, made([0, 0, 0]))
    // The second column, then the first added; the last step comes first.
    expect(shapeOf(turned)).toEqual([3, 2])
    expect(numbersOf(turned)).toEqual([3, 2, 7, 4, 11, 6])
  })

  it('takes each example to its own length in operator set 8', () => {
    const inputs = [whole([2, 1]), made([0, 0], [2, 1]), made([1, 2, 3, 4], [2, 2, 1])]
    const run = { inputs, attributes: { body: summing, num_scan_inputs: 1 }, outputs: 2, version: 8 }
    const [last, seen] = runOperator('Scan', run)
    expect(numbersOf(last)).toEqual([3, 3])
    expect(shapeOf(seen)).toEqual([2, 2, 1])
    expect(numbersOf(seen)).toEqual([1, 3, 3, 0])
  })
})

describe('SequenceMap', () => {
  it('runs a graph for each item, beside items of others and values for all', () => {
    const body = graphOf([nodeOf('Add', ['a', 'b'], ['c']), nodeOf('Mul', ['c', 'd'], ['y'])], ['a', 'b', 'd'], ['y'])
    const inputs = [new Sequence([made([1]), made([2, 3])]), new Sequence([made([10]), made([20])]), made([2])]
    const [found] = runOperator('SequenceMap', { inputs, attributes: { body } })
    expect((found as Sequence).items.map(numbersOf)).toEqual([[22], [44, 46]])
    const short = { inputs: [inputs[0], new Sequence([]), inputs[2]], attributes: { body } }
    expect(() => runOperator('SequenceMap', short)).toThrow('2 items and 0')
  })
})
