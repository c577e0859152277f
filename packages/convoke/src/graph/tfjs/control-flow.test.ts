import { describe, expect, it } from 'vitest'
import { withBackend } from '../../backends/current.ts'
import { createReferenceBackend } from '../../backends/reference/index.ts'
import { tensor } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { graphModule } from '../index.ts'
import { b, functionOf, graphModel, input, type NodeText, run, s, t, type Weight } from '../testing/tfjs.ts'

const one = (name: string, value: number): Weight => ({ name, shape: [], values: [value], dtype: 'int32' })
const near = (x: Tensor, expected: readonly number[]): void => {
  const found = Array.from(x.dataSync())
  expect(found).toHaveLength(expected.length)
  found.forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at], 4)
  })
}

describe('control flow of TensorFlow.js', () => {
  it('runs one branch or the other of a function call', () => {
    const library = [
      functionOf(
        'double',
        ['a'],
        [
          ['Mul', 'm', ['a', 'two']],
          ['Const', 'two'],
        ],
        ['m:z:0'],
      ),
      functionOf('same', ['a'], [], ['a']),
    ]
    const nodes: NodeText[] = [
      input('test', [], 'DT_BOOL'),
      input('x', [2], 'DT_INT32'),
      [
        'StatelessIf',
        'y',
        ['test', 'x'],
        { then_branch: { func: { name: 'double' } }, else_branch: { func: { name: 'same' } } },
      ],
    ]
    const module = graphModule(graphModel(nodes, [one('two', 2)], library))
    const x = tensor([3, 4], { dtype: 'int32' })
    near(module({ x, test: tensor(true) }), [6, 8])
    near(module({ x, test: tensor(false) }), [3, 4])
  })

  it('runs a function until another one says no', () => {
    const library = [
      functionOf(
        'below',
        ['a', 'n'],
        [
          ['Less', 'm', ['a', 'limit']],
          ['Const', 'limit'],
        ],
        ['m:z:0'],
      ),
      functionOf(
        'more',
        ['a', 'n'],
        [
          ['Mul', 'm', ['a', 'two']],
          ['Const', 'two'],
          ['AddV2', 'k', ['n', 'one']],
          ['Const', 'one'],
        ],
        ['m:z:0', 'k:z:0'],
      ),
    ]
    const attributes = { cond: { func: { name: 'below' } }, body: { func: { name: 'more' } } }
    const nodes: NodeText[] = [
      input('x', [], 'DT_INT32'),
      ['StatelessWhile', 'w', ['x', 'zero'], attributes],
      ['Pack', 'y', ['w', 'w:1']],
    ]
    const weights = [one('two', 2), one('one', 1), one('zero', 0), one('limit', 100)]
    const model = graphModel(nodes, weights, library)
    near(run(model, tensor(3, { dtype: 'int32' })), [192, 6])
    near(run(model, tensor(200, { dtype: 'int32' })), [200, 0])
  })

  const frame = { frame_name: s('loop') }
  /** total and n, while n < limit: total += n, n += 1. */
  const loop: NodeText[] = [
    input('limit', [], 'DT_INT32'),
    ['Enter', 'n0', ['zero'], frame],
    ['Enter', 't0', ['zero'], frame],
    ['Enter', 'most', ['limit'], { ...frame, is_constant: b(true) }],
    ['Merge', 'n', ['n0', 'n2']],
    ['Merge', 't', ['t0', 't2']],
    ['Less', 'less', ['n', 'most']],
    ['LoopCond', 'test', ['less']],
    ['Switch', 'ns', ['n', 'test']],
    ['Switch', 'ts', ['t', 'test']],
    ['AddV2', 't1', ['ts:1', 'ns:1']],
    ['AddV2', 'n1', ['ns:1', 'one']],
    ['NextIteration', 'n2', ['n1']],
    ['NextIteration', 't2', ['t1']],
    ['Exit', 'y', ['ts']],
  ]

  it('runs loops whose edges alone are marked', () => {
    const model = graphModel(loop, [one('zero', 0), one('one', 1)])
    near(run(model, tensor(5, { dtype: 'int32' })), [10])
    near(run(model, tensor(0, { dtype: 'int32' })), [0])
  })

  it('runs branches whose edges alone are marked, one in the other', () => {
    // x > 0 ? (x > 5 ? x·2 : x + 1) : −x
    const nodes: NodeText[] = [
      input('x', [], 'DT_INT32'),
      ['Greater', 'p', ['x', 'zero']],
      ['Switch', 's', ['x', 'p']],
      ['Greater', 'q', ['s:1', 'five']],
      ['Switch', 'u', ['s:1', 'q']],
      ['Mul', 'twice', ['u:1', 'two']],
      ['AddV2', 'more', ['u', 'one']],
      ['Merge', 'inner', ['more', 'twice']],
      ['Neg', 'minus', ['s']],
      ['Merge', 'y', ['minus', 'inner']],
    ]
    const model = graphModel(nodes, [one('zero', 0), one('one', 1), one('two', 2), one('five', 5)])
    for (const [x, y] of [
      [7, 14],
      [3, 4],
      [-4, 4],
    ])
      near(run(model, tensor(x, { dtype: 'int32' })), [y])
  })

  it('fills lists in loops', () => {
    const library = [
      functionOf(
        'below',
        ['n', 'l'],
        [
          ['Less', 'm', ['n', 'three']],
          ['Const', 'three'],
        ],
        ['m:z:0'],
      ),
      functionOf(
        'fill',
        ['n', 'l'],
        [
          ['Mul', 'sq', ['n', 'n']],
          ['TensorListSetItem', 'set', ['l', 'n', 'sq']],
          ['AddV2', 'k', ['n', 'one']],
          ['Const', 'one'],
        ],
        ['k:z:0', 'set:output_handle:0'],
      ),
    ]
    const nodes: NodeText[] = [
      ['TensorListReserve', 'l0', ['shape', 'four'], { element_dtype: t('DT_INT32') }],
      ['While', 'w', ['zero', 'l0'], { cond: { func: { name: 'below' } }, body: { func: { name: 'fill' } } }],
      ['TensorListStack', 'y', ['w:1', 'shape'], { element_dtype: t('DT_INT32') }],
    ]
    const weights = [
      one('zero', 0),
      one('one', 1),
      one('three', 3),
      one('four', 4),
      { name: 'shape', shape: [0], values: [], dtype: 'int32' } as const,
    ]
    const model = graphModel(nodes, weights, library)
    // The fourth was never written: zeros.
    near(run(model), [0, 1, 4, 0])
  })

  it('frees what only a graph inside a node has read', () => {
    const model = graphModel([...loop, ['AddV2', 'z', ['y', 'one']]], [one('zero', 0), one('one', 1)])
    withBackend(createReferenceBackend(), () => {
      const module = graphModule(model)
      near(module(tensor(5, { dtype: 'int32' })), [11])
      near(module(tensor(5, { dtype: 'int32' })), [11])
    })
  })
})
