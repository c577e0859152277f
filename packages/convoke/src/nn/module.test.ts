import { describe, expect, it } from 'vitest'
import { multiply, relu } from '../ops/index.ts'
import { memory, ones, type Tensor, tensor, zeros } from '../tensor/index.ts'
import * as nn from './index.ts'

const small = () =>
  nn.Sequential({
    features: nn.Sequential(nn.Conv2d({ in: 1, out: 2, kernel: 3 }), nn.BatchNorm({ channels: 2 }), relu),
    pool: nn.GlobalAveragePool(),
    head: nn.Linear({ in: 2, out: 3 }),
  })

const values = (x: Tensor) => Array.from(x.dataSync())

describe('a module', () => {
  it('names its parameters by path, in the order of its children', () => {
    expect(Object.keys(small().namedParameters())).toEqual([
      'features.0.weight',
      'features.0.bias',
      'features.1.scale',
      'features.1.bias',
      'head.weight',
      'head.bias',
    ])
  })

  it('counts parameters and holds buffers in its state without drawing anything', () => {
    const before = memory().buffers
    const model = small()
    expect(model.parameterCount()).toBe(9 * 2 + 2 + 4 + 6 + 3)
    expect(memory().buffers).toBe(before)
    expect(Object.keys(model.state())).toContain('features.1.variance')
  })

  it('starts from the same numbers for the same seed, whatever was used first', () => {
    const a = small().initialize(7)
    const b = small()
    b(ones([1, 5, 5, 1]))
    b.initialize(7)
    for (const [name, value] of Object.entries(a.state())) expect(values(b.state()[name])).toEqual(values(value))
    expect(values(small().initialize(8).state()['head.weight'])).not.toEqual(values(a.state()['head.weight']))
  })

  it('keeps the identity of its tensors when it is initialised or loaded again', () => {
    const model = small().initialize(1)
    const [first] = model.parameters()
    model.initialize(2)
    model.loadState(small().initialize(3).state())
    expect(model.parameters()[0]).toBe(first)
  })

  it('takes over a state, and computes the same afterwards', () => {
    const [a, b] = [small().initialize(1).eval(), small().eval()]
    b.loadState(a.state())
    const x = ones([2, 6, 6, 1])
    expect(values(b(x))).toEqual(values(a(x)))
  })

  it('refuses a state of another architecture, names what differs, and changes nothing', () => {
    const model = small().initialize(1)
    const { 'head.bias': _, ...rest } = model.state()
    const before = values(model.state()['features.0.weight'])
    const wrong = { ...rest, 'features.0.weight': zeros([3, 3, 1, 2]), 'head.weight': zeros([2, 4]), tail: zeros([1]) }
    expect(() => model.loadState(wrong)).toThrow(
      'loadState: the tensors are of another architecture: head.bias is missing; tail is not part of the model; head.weight has shape [2, 4], the model [2, 3].',
    )
    expect(values(model.state()['features.0.weight'])).toEqual(before)
    const report = model.loadState(wrong, { strict: false })
    expect(report).toMatchObject({ missing: ['head.bias'], unexpected: ['tail'], mismatched: ['head.weight'] })
    expect(values(model.state()['features.0.weight'])).toEqual(Array(18).fill(0))
  })

  it('leaves frozen parameters out of training and in its state', () => {
    const model = small().freeze('features.*')
    expect(Object.keys(model.namedParameters())).toEqual(['head.weight', 'head.bias'])
    expect(Object.keys(model.state())).toHaveLength(8)
    model.unfreeze(/scale$/)
    expect(Object.keys(model.namedParameters())).toEqual(['features.1.scale', 'head.weight', 'head.bias'])
  })

  it('says which names there are when a pattern fits none', () => {
    expect(() => small().freeze('feature.*')).toThrow(
      'freeze: no parameter is named feature.*. The names are features.0.weight,',
    )
  })

  it('passes its mode on to every child', () => {
    const model = small().eval()
    expect(model.at('features.1').training).toBe(false)
    model.train()
    expect(model.at('features.1').training).toBe(true)
  })

  it('lets a child be replaced', () => {
    const model = small().eval()
    nn.replaceModule(model, 'head', nn.Linear({ in: 2, out: 7 }))
    expect(model(ones([1, 5, 5, 1])).shape).toEqual([1, 7])
    expect(model.state()['head.weight'].shape).toEqual([2, 7])
    expect(() => model.at('head.3')).toThrow('Linear has no child "3"')
  })

  it('reports its calls, innermost first, until told to stop', () => {
    const model = small().eval()
    const seen: string[] = []
    const stop = model.observe({ leave: ({ path, module }) => seen.push(`${path}:${module.kind}`) })
    model(ones([1, 5, 5, 1]))
    stop()
    model(ones([1, 5, 5, 1]))
    expect(seen).toEqual([
      'features.0:Conv2d',
      'features.1:BatchNorm',
      'features.2:relu',
      'features:Sequential',
      'pool:GlobalAveragePool',
      'head:Linear',
      ':Sequential',
    ])
  })

  it('trains a shared layer once', () => {
    const shared = nn.Linear({ in: 2, out: 2 })
    expect(nn.Sequential(shared, relu, shared).parameters()).toHaveLength(2)
  })

  it('frees its tensors', () => {
    const before = memory().buffers
    const model = small().initialize(1)
    expect(memory().buffers).toBe(before + 8)
    model.dispose()
    expect(memory().buffers).toBe(before)
  })

  it.each([undefined, null, 'text', () => 1])('says in words that its input is %s', (input) => {
    const layers = [
      nn.Linear({ in: 2, out: 3 }),
      nn.Conv2d({ in: 1, out: 2, kernel: 3 }),
      nn.BatchNorm({ channels: 2 }),
    ]
    for (const layer of [...layers, nn.GlobalAveragePool(), nn.Dropout({ rate: 0.5 }), small()])
      expect(() => layer(input as never)).toThrow(/: (the input|x) is .*; it must be a tensor/)
  })

  it('leaves errors of its own code as they are', () => {
    const failing = nn.defineModule({
      kind: 'Failing',
      forward:
        () =>
        (_: Tensor): Tensor => {
          throw new TypeError('mine')
        },
    })
    expect(() => failing(tensor([1]))).toThrow(new TypeError('mine'))
  })

  it('can be written by hand', () => {
    const gain = nn.defineModule({
      kind: 'Gain',
      parameters: { factor: { shape: [1], initialize: nn.constant(3) } },
      forward:
        ({ tensors }) =>
        (x: Tensor) =>
          multiply(x, tensors.factor),
    })
    expect(gain(tensor([1, 2])).toArray()).toEqual([3, 6])
  })
})
